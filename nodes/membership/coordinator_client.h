// CoordinatorClient: finds the leader and asks it.
//
// A call goes to whom the catalog names as leader. On not_leader or a broken connection the leader
// is looked up again; whether the call itself is repeated is decided by CallOptions::idempotent.
#pragma once

#include <string>

#include "nodes/catalog/keys.h"
#include "runtime/environment.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/message.h"
#include "runtime/rpc/pool.h"
#include "storage/seam/meta_store.h"

namespace eyrie::membership {

class CoordinatorClient {
 public:
  // Borrows all; the pool is its owner's to stop.
  CoordinatorClient(Environment& environment, storage::MetaStore& meta, rpc::ChannelPool& pool);

  template <class Response>
  Task<Result<Response>> call(std::string method, const google::protobuf::MessageLite& request,
                              rpc::CallOptions options) {
    Result<Bytes> payload = rpc::encode_message(request);
    if (!payload) return rpc::not_called<Response>(std::move(payload).error());
    return decode<Response>(call_bytes(std::move(method), std::move(*payload), options));
  }

  // Until the deadline (kNoDeadline: request_timeout_ from now) or an answer that is final.
  Task<Result<Bytes>> call_bytes(std::string method, Bytes payload, rpc::CallOptions options);

 private:
  template <class Response>
  static Task<Result<Response>> decode(Task<Result<Bytes>> call) {
    EYRIE_CO_TRY(const Bytes payload, co_await std::move(call));
    co_return rpc::decode_message<Response>(payload);
  }
  Task<Result<Address>> find_leader(MonotonicTime deadline);

  Environment& environment_;
  storage::MetaStore& meta_;
  rpc::ChannelPool& pool_;
  const Duration request_timeout_ = 10s;
  bool known_ = false;
  Address leader_;
};

}  // namespace eyrie::membership
