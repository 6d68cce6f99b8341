#include "nodes/membership/role.h"

#include <utility>

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
  if (!(co_await session.open()).ok()) co_return;  // cancelled
  session_ = &session;
  TaskGroup tasks(co_await this_scope());
  tasks.spawn(session.keep_alive());
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
