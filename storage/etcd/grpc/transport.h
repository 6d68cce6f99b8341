// GrpcTransport: gRPC's library as a component may use it: encoded messages in and out, everything
// on the component's executor. transport.cc alone includes gRPC.
//
// gRPC calls back on threads of its own. What it brings is posted to the executor
// (AsioExecutor::call), so that everything below is touched by that one thread. A call that was
// started always ends, if need be because it was cancelled; until then the transport keeps it. One
// transport is one connection, shared with nobody, without retries and proxies of gRPC's own: those
// would repeat requests, and reach members that nobody named.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/asio/asio_executor.h"
#include "runtime/bytes.h"
#include "runtime/sync.h"
#include "storage/etcd/grpc/outcome.h"
#include "storage/etcd/grpc/tls.h"

namespace eyrie::storage {

using RpcMetadata = std::vector<std::pair<std::string, std::string>>;

class Rpc {
 public:
  Rpc() = default;
  Rpc(const Rpc&) = delete;
  Rpc& operator=(const Rpc&) = delete;
  virtual ~Rpc() = default;
  // It ends soon; may be repeated.
  virtual void cancel() = 0;
};

class UnaryRpc : public Rpc {
 public:
  OneShot<RpcEnd> end;
  Bytes response;  // if it ended well
};

class StreamRpc : public Rpc {
 public:
  static constexpr std::size_t kOutboxMax = 16;
  static constexpr std::size_t kInboxMax = 4;

  // Starts what outbox and inbox have room for; after each change of theirs.
  virtual void pump() = 0;

  std::deque<Bytes> outbox;   // to be sent, in order
  std::deque<Bytes> inbox;    // received, in order
  bool writable = true;       // false: no message will be sent any more
  bool cancelled = false;     // by us
  std::optional<RpcEnd> end;  // after the last message
  Condition changed;
};

class GrpcTransport {
 public:
  enum class State { ready, connecting, failing };

  // The executor outlives it.
  GrpcTransport(AsioExecutor& executor, const GrpcEtcdOptions& options,
                const std::optional<EtcdTls>& tls);
  ~GrpcTransport();

  // Of the connection; makes it when there is none. While failing, calls end at once and say why.
  State state();
  std::shared_ptr<UnaryRpc> call(const std::string& path, const RpcMetadata& metadata,
                                 const Bytes& request, Duration most);
  std::shared_ptr<StreamRpc> open(const std::string& path, const RpcMetadata& metadata);

  void cancel_all();
  bool idle() const { return rpcs_.empty(); }
  Condition& changed() { return changed_; }

 private:
  struct Channel;  // gRPC's
  friend class Post;

  void ended(std::uint64_t id);

  std::shared_ptr<class Post> post_;
  std::unique_ptr<Channel> channel_;
  std::map<std::uint64_t, std::shared_ptr<Rpc>> rpcs_;
  std::uint64_t next_id_ = 0;
  Condition changed_;
};

}  // namespace eyrie::storage
