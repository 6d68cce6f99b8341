#include "nodes/coordinator/coordinator.h"

#include <utility>

#include "nodes/coordinator/events.h"
#include "nodes/coordinator/handlers.h"
#include "nodes/coordinator/leader.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

Coordinator::Coordinator(Environment& environment, storage::MetaStore& meta,
                         CoordinatorOptions options)
    : environment_(environment),
      meta_(meta),
      options_(std::move(options)),
      group_(environment.executor) {}

Coordinator::~Coordinator() = default;

void Coordinator::request_stop() {
  stopping_.open();
  group_.cancel();
}

namespace {

Task<void> store_status(Task<Status> task, Status& result, Gate& done) {
  result = co_await std::move(task);
  done.open();
}

Task<void> close_when_lost(membership::Session& session, TaskGroup& tasks) {
  (void)co_await session.wait_until_lost();  // or cancelled with everything else
  tasks.cancel();
}

}  // namespace

Task<Status> Coordinator::run() {
  Status result;
  Gate done;
  while (!stopping_.is_open()) {
    done.close();
    group_.spawn(store_status(serve_session(), result, done));
    co_await group_.join();
    // A lost session is registered again; an address in use is not waited for.
    if (result.code() == Code::already_exists) co_return result;
  }
  co_return Status();
}

Task<Status> Coordinator::serve_session() {
  membership::Session session(environment_, meta_, options_.identity, options_.lease);
  EYRIE_CO_RETURN_IF_ERROR(co_await session.open());
  const rpc::Identity self{options_.identity.cluster, options_.identity.node,
                           session.incarnation()};
  options_.channel_options.self = self;
  rpc::RpcServer server(environment_, {self, options_.server_limits});
  register_coordinator_handlers(server, leader_);
  const Status started = co_await server.start(options_.identity.address);
  if (started.ok()) {
    TaskGroup tasks(co_await this_scope());
    tasks.spawn(session.keep_alive());
    tasks.spawn(close_when_lost(session, tasks));
    tasks.spawn(lead_while_held(session));
    co_await tasks.join();
  }
  co_await server.stop();
  co_await session.close();
  co_return started;
}

Task<void> Coordinator::lead_while_held(membership::Session& session) {
  membership::Election election(environment_, meta_, session);
  while (true) {
    const Status elected = co_await election.campaign();
    if (elected.code() == Code::cancelled || !session.held()) co_return;
    if (!elected.ok()) continue;
    rpc::ChannelPool pool(environment_, options_.channel_options, 64);
    Leader leader(environment_, meta_, pool, election, options_);
    Status ended = co_await leader.start();
    if (ended.ok()) {
      emit(environment_.tracer, kLeaderChanged, options_.identity.node, election.revision());
      leader_ = &leader;
      co_await leader.run();
      leader_ = nullptr;
      co_await leader.end_uses();
    }
    emit(environment_.tracer, kDeposed, election.revision(), ended.to_string());
    co_await pool.stop();
    co_await election.resign();
  }
}

}  // namespace eyrie::coordinator
