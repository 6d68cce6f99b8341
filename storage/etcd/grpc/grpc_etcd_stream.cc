#include "storage/etcd/grpc/grpc_etcd_stream.h"

#include <deque>
#include <utility>

namespace eyrie::storage {

struct GrpcEtcdStream::Shared {
  std::shared_ptr<StreamRpc> rpc;
  GrpcEtcdOptions options;
  std::deque<std::uint64_t> senders;  // that wait, in the order of their calls
  std::uint64_t next_sender = 0;
  bool end_told = false;

  Status over() const {
    return {Code::unavailable, "the stream to etcd at " + options.endpoint + " is over"};
  }
};

GrpcEtcdStream::GrpcEtcdStream(std::shared_ptr<StreamRpc> rpc, GrpcEtcdOptions options)
    : shared_(std::make_shared<Shared>()) {
  shared_->rpc = std::move(rpc);
  shared_->options = std::move(options);
}

GrpcEtcdStream::~GrpcEtcdStream() {
  close();
}

void GrpcEtcdStream::close() {
  if (!shared_->rpc->cancelled) shared_->rpc->cancel();
}

Task<Status> GrpcEtcdStream::send(Bytes message) {
  return send_on(shared_, std::move(message));
}

Task<Result<EtcdAnswer>> GrpcEtcdStream::receive() {
  return receive_on(shared_);
}

Task<Status> GrpcEtcdStream::send_on(std::shared_ptr<Shared> shared, Bytes message) {
  StreamRpc& rpc = *shared->rpc;
  const std::uint64_t self = shared->next_sender++;
  shared->senders.push_back(self);
  Status waited;
  while (waited.ok() && rpc.writable &&
         (shared->senders.front() != self || rpc.outbox.size() >= StreamRpc::kOutboxMax)) {
    waited = co_await rpc.changed.wait();
  }
  std::erase(shared->senders, self);
  rpc.changed.notify_all();  // the next one's turn
  EYRIE_CO_RETURN_IF_ERROR(waited);
  if (!rpc.writable) co_return shared->over();
  rpc.outbox.push_back(std::move(message));
  rpc.pump();
  co_return Status();
}

Task<Result<EtcdAnswer>> GrpcEtcdStream::receive_on(std::shared_ptr<Shared> shared) {
  StreamRpc& rpc = *shared->rpc;
  while (true) {
    if (rpc.cancelled) co_return fail(shared->over());
    if (!rpc.inbox.empty()) {
      EtcdAnswer answer{EtcdCode::ok, "", std::move(rpc.inbox.front())};
      rpc.inbox.pop_front();
      rpc.pump();
      co_return answer;
    }
    if (rpc.end) break;
    EYRIE_CO_RETURN_IF_ERROR(co_await rpc.changed.wait());
  }
  if (std::exchange(shared->end_told, true)) co_return fail(shared->over());
  Result<EtcdAnswer> reason = outcome_of(*rpc.end, shared->options);
  if (reason && reason->code != EtcdCode::ok) co_return explain(*reason, shared->options);
  const std::string why = reason ? "it was ended" : reason.error().message();
  co_return fail(Code::unavailable, shared->over().message() + ": " + why);
}

}  // namespace eyrie::storage
