#include "nodes/coordinator/coordinator.h"

#include <utility>

#include "nodes/coordinator/events.h"
#include "nodes/coordinator/handlers.h"
#include "nodes/coordinator/leader.h"
#include "nodes/coordinator/metrics.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::coordinator {

Coordinator::Coordinator(Environment& environment, storage::MetaStore& meta,
                         storage::ObjectStore& objects, CoordinatorOptions options)
    : environment_(environment),
      meta_(meta),
      objects_(objects),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease),
      elections_(environment.metrics.counter(kElections)),
      reading_(environment.metrics, [this](MetricSample& sample) { read_metrics(sample); }) {}

Task<Status> Coordinator::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> Coordinator::ready(MonotonicTime) {
  EYRIE_CO_RETURN_IF_ERROR(role_.ready());
  if (leader_ != nullptr) co_return Status();
  if (election_ != nullptr && election_->sees_leader()) co_return Status();
  co_return Status(Code::unavailable, "no coordinator leads that it knows of");
}

void Coordinator::read_metrics(MetricSample& sample) const {
  sample.gauge(kIsLeader, leader_ != nullptr ? 1 : 0);
  if (leader_ == nullptr) return;
  const CatalogState& state = leader_->state();
  std::int64_t unserved = 0;
  for (const std::string& channel : options_.channels) {
    if (leader_->channels.find_serving(channel) == nullptr) ++unserved;
  }
  sample.gauge(kChannels, static_cast<std::int64_t>(options_.channels.size()));
  sample.gauge(kChannelsUnserved, unserved);
  sample.gauge(kCollections, static_cast<std::int64_t>(state.collection_ids.size()));
  std::int64_t segments = 0;
  for (const auto& [channel, of_channel] : state.segments) {
    segments += static_cast<std::int64_t>(of_channel.size());
  }
  sample.gauge(kSegments, segments);
}

Task<Status> Coordinator::serve(membership::Session& session) {
  const rpc::Identity self = session.self();
  options_.channel_options.self = self;
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_coordinator_handlers(server, leader_);
  if (options_.identity.release >= Release::second) register_upgrade_handlers(server, leader_);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) {
    role_.set_serving();
    co_await lead_while_held(session);
    election_ = nullptr;
  }
  co_await server.stop();
  co_return started;
}

Task<void> Coordinator::lead_while_held(membership::Session& session) {
  membership::Election election(environment_, meta_, session);
  election_ = &election;
  rpc::BackOff pause(options_.lead_pause_min, options_.lead_pause_max,
                     environment_.random.stream("lead"));
  while (true) {
    if (!(co_await election.campaign()).ok()) co_return;
    rpc::ChannelPool pool(environment_, options_.channel_options, 64);
    Leader leader(environment_, meta_, objects_, pool, election, options_);
    Status ended = co_await leader.start();
    if (ended.ok()) {
      pause.reset();
      emit(environment_.tracer, kLeaderChanged, options_.identity.node, election.revision());
      leader_ = &leader;
      elections_.add();
      co_await leader.run();
      leader_ = nullptr;
      co_await leader.end_uses();
    }
    emit(environment_.tracer, kDeposed, election.revision(), ended.to_string());
    co_await pool.stop();
    co_await election.resign();
    // Whoever could not begin leaves the leadership to the others for a while.
    if (!ended.ok() && !(co_await environment_.clock.sleep_for(pause.next())).ok()) co_return;
  }
}

}  // namespace eyrie::coordinator
