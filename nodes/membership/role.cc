#include "nodes/membership/role.h"

#include <utility>

#include "nodes/membership/coordinator_client.h"
#include "nodes/membership/events.h"
#include "nodes/proto/coordinator.pb.h"
#include "runtime/check.h"

namespace eyrie::membership {

namespace {

Task<void> end_with_session(Session& session, TaskGroup& tasks) {
  (void)co_await session.wait_until_lost();  // or cancelled with everything else
  tasks.cancel();
}

Task<void> store_status(Task<Status> task, Status& result, TaskGroup& tasks) {
  result = co_await std::move(task);
  tasks.cancel();
}

rpc::CallOptions options_until(MonotonicTime deadline) {
  rpc::CallOptions options;
  options.deadline = deadline;
  return options;
}

}  // namespace

Role::Role(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
           LeaseOptions lease)
    : environment_(environment),
      meta_(meta),
      identity_(std::move(identity)),
      lease_(lease),
      group_(environment.executor) {}

void Role::request_stop() {
  stopping_ = true;
  group_.cancel();
}

Status Role::ready() const {
  if (stopping_) return {Code::unavailable, "it is asked to stop"};
  if (session_ == nullptr || !session_->held()) {
    return {Code::unavailable, "it has no session in the meta store"};
  }
  if (!serving_) return {Code::unavailable, "it takes no requests yet"};
  return {};
}

const Session& Role::session() const {
  EYRIE_CHECK(session_ != nullptr, "nobody serves");
  return *session_;
}

Task<Status> Role::reaches_leader(rpc::ChannelOptions options, MonotonicTime deadline) {
  EYRIE_CO_RETURN_IF_ERROR(ready());
  options.self = {identity_.cluster, {}, {}, identity_.release};
  rpc::ChannelPool pool(environment_, std::move(options), 1);
  CoordinatorClient coordinator(environment_, meta_, pool);
  const auto routes = co_await coordinator.call<internal::GetRoutesResponse>(
      "coordinator.GetRoutes", internal::GetRoutesRequest(), options_until(deadline));
  Scope farewell(environment_.executor);
  co_await pool.stop().in(farewell);
  if (routes) co_return Status();
  co_return Status(Code::unavailable,
                   "the coordinator does not answer: " + routes.error().message());
}

Task<Status> Role::run(Serve serve) {
  Status result;
  while (!stopping_ && result.ok()) {
    group_.spawn(run_session(serve, result));
    co_await group_.join();
  }
  co_return stopping_ ? Status() : result;
}

Task<void> Role::run_session(const Serve& serve, Status& result) {
  Session session(environment_, meta_, identity_, lease_);
  if (const Status opened = co_await session.open(); !opened.ok()) {
    if (opened.code() != Code::unsupported) co_return;  // cancelled
    result = opened;
    emit(environment_.tracer, kReleaseRefused, identity_.node, opened.to_string());
    co_await session.close();
    co_return;
  }
  session_ = &session;
  TaskGroup tasks(co_await this_scope());
  tasks.spawn(session.keep_alive());
  tasks.spawn(session.follow_format());
  tasks.spawn(end_with_session(session, tasks));
  tasks.spawn(store_status(serve(session), result, tasks));
  co_await tasks.join();
  session_ = nullptr;
  serving_ = false;
  // Our scope may be cancelled; the farewell is not.
  Scope farewell(environment_.executor);
  co_await session.close().in(farewell);
}

Task<void> until_cancelled() {
  Gate never;
  (void)co_await never.wait();
}

}  // namespace eyrie::membership
