#include "runtime/task_group.h"

namespace eyrie {

namespace {

RootFrame::Coroutine run_root(Task<void> task) {
  co_await std::move(task);
}

}  // namespace

TaskGroup::~TaskGroup() {
  EYRIE_CHECK(size_ == 0 || scope_.executor().stopped(), "a task group was not joined");
  frames_.for_each([](RootFrame& frame) { frame.group_ = nullptr; });
}

void TaskGroup::spawn(Task<void> task) {
  Executor& executor = scope_.executor();
  if (executor.stopped()) return;
  std::coroutine_handle<RootFrame> handle = run_root(std::move(task)).handle;
  RootFrame& frame = handle.promise();
  frame.enter(scope_);
  frame.group_ = this;
  frames_.push_back(frame);
  executor.roots_.push_back(frame);
  ++size_;
  executor.post(handle);
}

void RootFrame::Finish::await_suspend(std::coroutine_handle<RootFrame> handle) const noexcept {
  TaskGroup* group = handle.promise().group_;
  handle.destroy();
  if (--group->size_ > 0) return;
  while (!group->joiners_.empty()) group->joiners_.front().wake();
}

void Executor::stop_and_drop_frames() {
  stopped_ = true;
  while (!roots_.empty()) {
    std::coroutine_handle<RootFrame>::from_promise(roots_.back()).destroy();
  }
}

}  // namespace eyrie
