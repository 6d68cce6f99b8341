#include "storage/fakes/sim_etcd_wire.h"

#include <utility>

#include "runtime/combine.h"
#include "storage/fakes/etcd_frame.h"

namespace eyrie::storage::fakes {

namespace {

rpc::ChannelOptions channel_options(std::uint64_t cluster_id) {
  rpc::ChannelOptions options;
  options.self.cluster = "etcd-" + std::to_string(cluster_id);
  return options;
}

// A transport that gave up by itself did not do so for our caller, whom `cancelled` would tell
// that he left.
Status transport_status(Status status, const Scope& scope) {
  if (status.code() == Code::cancelled && !scope.cancelled()) {
    return {Code::unknown, std::move(status).annotate("etcd's connection ended").message()};
  }
  // The layer's other refusals (another cluster, no such method, limits) came before the request.
  if (status.category() == Category::caller || status.category() == Category::permanent) {
    return {Code::unavailable, status.to_string()};
  }
  return status;
}

class SimEtcdStream final : public EtcdStream {
 public:
  explicit SimEtcdStream(std::unique_ptr<rpc::ClientStream> stream) : stream_(std::move(stream)) {}

  Task<Status> send(Bytes message) override {
    const Scope& scope = co_await this_scope();
    Status sent = co_await stream_->send(std::move(message));
    co_return transport_status(std::move(sent), scope);
  }

  Task<Result<EtcdAnswer>> receive() override {
    const Scope& scope = co_await this_scope();
    Result<std::optional<Bytes>> message = co_await stream_->receive();
    if (!message) co_return fail(transport_status(std::move(message).error(), scope));
    if (!*message) co_return fail(Code::unavailable, "the member ended the stream");
    co_return decode_answer(**message);
  }

  void close() override { stream_->cancel(); }

 private:
  std::unique_ptr<rpc::ClientStream> stream_;
};

}  // namespace

SimEtcdWire::SimEtcdWire(Environment& environment, Address address, std::uint64_t cluster_id)
    : environment_(environment),
      endpoint_(to_string(address)),
      channel_(environment, std::move(address), channel_options(cluster_id)) {}

Task<Result<EtcdAnswer>> SimEtcdWire::call(EtcdMethod method, Bytes request,
                                           MonotonicTime deadline) {
  const Scope& scope = co_await this_scope();
  rpc::CallOptions options;
  options.deadline = deadline;
  Result<Bytes> answered =
      co_await channel_.call(std::string(path_of(method)), std::move(request), options);
  if (!answered) co_return fail(transport_status(std::move(answered).error(), scope));
  co_return decode_answer(*answered);
}

Task<Result<std::unique_ptr<EtcdStream>>> SimEtcdWire::open(EtcdMethod method,
                                                            MonotonicTime deadline) {
  const Scope& scope = co_await this_scope();
  Result<std::unique_ptr<rpc::ClientStream>> stream = co_await with_deadline(
      environment_.clock, deadline,
      channel_.open_stream(std::string(path_of(method)), Bytes(), rpc::CallOptions()));
  if (!stream) co_return fail(transport_status(std::move(stream).error(), scope));
  co_return std::make_unique<SimEtcdStream>(std::move(*stream));
}

}  // namespace eyrie::storage::fakes
