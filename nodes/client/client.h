// Client: the public API of a proxy, on Milvus's messages over our own RPC.
//
// A call's Result is an error when no answer came (category says whether it may have been applied);
// otherwise the answer carries Milvus's Status, which from_milvus() reads.
#pragma once

#include <string>

#include "nodes/proto/milvus/milvus.pb.h"
#include "runtime/rpc/channel.h"

namespace eyrie::client {

namespace pb = milvus::proto::milvus;

class Client {
 public:
  // Borrows the environment; the proxy is dialled when first needed.
  Client(Environment& environment, Address proxy, std::string cluster);

  // method as Milvus names it: "Insert". Never repeated by itself.
  template <class Response, class Request>
  Task<Result<Response>> call(std::string method, Request request, MonotonicTime deadline) {
    rpc::CallOptions options;
    options.deadline = deadline;
    co_return co_await rpc::call<Response>(channel_, "milvus." + method, request, options);
  }

  // The same of a method that Milvus does not have: "Finalize".
  template <class Response, class Request>
  Task<Result<Response>> call_own(std::string method, Request request, MonotonicTime deadline) {
    rpc::CallOptions options;
    options.deadline = deadline;
    co_return co_await rpc::call<Response>(channel_, "eyrie." + method, request, options);
  }

  const Address& proxy() const { return channel_.address(); }
  Task<void> stop() { return channel_.stop(); }

 private:
  rpc::RpcChannel channel_;
};

// What Milvus's Status says: ok, or an error with its code, whose category a client can rely on.
Status from_milvus(const milvus::proto::common::Status& status);

// One vector as Milvus's clients send it.
Bytes placeholder_group(const float* vector, std::size_t dimension);

}  // namespace eyrie::client
