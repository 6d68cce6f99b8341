// GrpcEtcdWire: the EtcdWire to one real member.
//
// A request is given to gRPC only once there is a connection, so that a deadline or a cancellation
// before that certainly leaves nothing behind; outcome.h says what can be told afterwards.
//
// With a user, each call carries a token of etcd's. It is fetched at the first call, and again when
// the member says that it is no longer good (the call is then repeated: etcd checks a token before
// anything is applied). A stream tells nobody that its token was bad, it ends in "permission
// denied"; so one is opened with a token that is young, and failures of the transport, as when a
// member was restarted and has forgotten its tokens, throw the token away. An etcd whose
// authentication is switched off needs none.
//
// Beyond wire.h, failed_precondition says that an option or a right is wrong: certainly not
// applied, and no repetition helps.
#pragma once

#include <memory>
#include <string>

#include "runtime/asio/asio_executor.h"
#include "runtime/clock.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/etcd/grpc/options.h"
#include "storage/etcd/grpc/transport.h"
#include "storage/etcd/open_calls.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

class GrpcEtcdWire final : public EtcdWire {
 public:
  // Executor and clock, of one component, outlive it. invalid_argument names the option that is
  // wrong; nothing is connected yet.
  static Result<std::unique_ptr<GrpcEtcdWire>> make(AsioExecutor& executor, Clock& clock,
                                                    GrpcEtcdOptions options);

  Task<Result<EtcdAnswer>> call(EtcdMethod method, Bytes request, MonotonicTime deadline) override;
  Task<Result<std::unique_ptr<EtcdStream>>> open(EtcdMethod method,
                                                 MonotonicTime deadline) override;
  Task<void> stop() override;
  const std::string& endpoint() const override { return options_.endpoint; }

 private:
  GrpcEtcdWire(AsioExecutor& executor, Clock& clock, GrpcEtcdOptions options,
               std::optional<EtcdTls> tls);

  Task<Result<EtcdAnswer>> do_call(EtcdMethod method, Bytes request, MonotonicTime deadline);
  Task<Result<std::unique_ptr<EtcdStream>>> do_open(EtcdMethod method, MonotonicTime deadline);
  // One request, on a connection or to learn why there is none.
  Task<Result<EtcdAnswer>> exchange(std::string path, RpcMetadata metadata, Bytes request,
                                    MonotonicTime deadline);
  // ok: there is a connection. unavailable otherwise.
  Task<Status> connect(MonotonicTime deadline);
  Task<Status> why_failing(MonotonicTime deadline);
  // "" where none is needed. One that is older than `age_max` is not used.
  Task<Result<std::string>> token(MonotonicTime deadline, Duration age_max);
  Task<Result<std::string>> authenticate(MonotonicTime deadline);
  void forget_token() { token_.reset(); }
  static RpcMetadata metadata_with(const std::string& token);
  Task<void> drain();

  Clock& clock_;
  GrpcEtcdOptions options_;
  std::optional<EtcdTls> tls_;
  GrpcTransport transport_;
  OpenCalls calls_;
  TaskGroup stopping_;
  std::optional<std::string> token_;
  MonotonicTime token_since_;
  Semaphore authenticating_{1};
};

}  // namespace eyrie::storage
