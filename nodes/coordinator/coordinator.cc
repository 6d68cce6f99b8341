#include "nodes/coordinator/coordinator.h"

#include <utility>

#include "nodes/coordinator/events.h"
#include "nodes/coordinator/handlers.h"
#include "nodes/coordinator/leader.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::coordinator {

Coordinator::Coordinator(Environment& environment, storage::MetaStore& meta,
                         storage::ObjectStore& objects, CoordinatorOptions options)
    : environment_(environment),
      meta_(meta),
      objects_(objects),
      options_(std::move(options)),
      role_(environment, meta, options_.identity, options_.lease) {}

Task<Status> Coordinator::run() {
  return role_.run([this](membership::Session& session) { return serve(session); });
}

Task<Status> Coordinator::serve(membership::Session& session) {
  const rpc::Identity self{options_.identity.cluster, options_.identity.node,
                           session.incarnation()};
  options_.channel_options.self = self;
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_coordinator_handlers(server, leader_);
  const Status started = co_await server.start(options_.listen_address());
  if (started.ok()) co_await lead_while_held(session);
  co_await server.stop();
  co_return started;
}

Task<void> Coordinator::lead_while_held(membership::Session& session) {
  membership::Election election(environment_, meta_, session);
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
