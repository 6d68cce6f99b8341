#include "storage/local_log/channel.h"

#include <algorithm>
#include <utility>

#include "storage/local_log/events.h"

namespace eyrie::storage {

LogChannel::LogChannel(Environment& environment, const LocalLogOptions& options, TaskGroup& tasks,
                       std::string name, std::string folder)
    : environment_(environment), options_(options), tasks_(tasks), folder_(std::move(folder)) {
  state_.channel = std::move(name);
}

Task<Result<std::shared_ptr<WriterState>>> LogChannel::open(WalTerm term) {
  EYRIE_CO_RETURN_IF_ERROR(co_await one_change_.acquire());
  const Permit permit(one_change_);
  EYRIE_CO_RETURN_IF_ERROR(co_await load());
  if (term <= state_.term) {
    co_return fail(Code::fenced, "term " + std::to_string(term) + " of log channel '" + name() +
                                     "': term " + std::to_string(state_.term) + " was opened");
  }
  // From here the older writer begins no group; the one under way ends before the term is stored.
  fence_writer();
  EYRIE_CO_RETURN_IF_ERROR(co_await drain());
  // Also if storing fails: it may be stored, and then this term was opened.
  state_.term = term;
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.make_dir(folder_));
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.sync_dir(options_.folder));
  EYRIE_CO_RETURN_IF_ERROR(co_await store_channel_state(environment_.disk, folder_, state_));
  if (needs_recovery_) EYRIE_CO_RETURN_IF_ERROR(co_await recover());
  if (closed_) co_return fail(Code::failed_precondition, "the log is closed");
  writer_ = std::make_shared<WriterState>();
  writer_->term = term;
  writer_->next = durable_end_ + 1;
  last_takes_groups_ = false;
  emit(environment_.tracer, kChannelOpened, name(), term, writer_->next);
  co_return writer_;
}

Task<Status> LogChannel::truncate(WalTerm term, WalPosition to) {
  EYRIE_CO_RETURN_IF_ERROR(co_await one_change_.acquire());
  const Permit permit(one_change_);
  EYRIE_CO_RETURN_IF_ERROR(co_await load());
  if (term != state_.term) {
    co_return Status(Code::fenced, "truncation in term " + std::to_string(term) +
                                       " of log channel '" + name() + "', whose term is " +
                                       std::to_string(state_.term));
  }
  if (to > durable_end_) {
    co_return Status(Code::invalid_argument, "truncation of log channel '" + name() + "' to " +
                                                 std::to_string(to) + ", beyond its end at " +
                                                 std::to_string(durable_end_));
  }
  if (to > state_.truncated_to) {
    ChannelState state = state_;
    state.truncated_to = to;
    EYRIE_CO_RETURN_IF_ERROR(co_await store_channel_state(environment_.disk, folder_, state));
    state_.truncated_to = to;
    emit(environment_.tracer, kTruncated, name(), term, to);
    changed_.notify_all();
  }
  // The last segment stays: its end is where positions go on.
  while (segments_.size() > 1 && std::next(segments_.begin())->first <= state_.truncated_to + 1) {
    const WalPosition first = segments_.begin()->first;
    const Status removed = co_await environment_.disk.remove(path_of(first));
    if (!removed.ok() && removed.code() != Code::not_found) co_return removed;
    segments_.erase(first);
  }
  co_return Status();
}

void LogChannel::close() {
  closed_ = true;
  if (writer_ != nullptr && writer_->phase == WriterState::Phase::writing) {
    writer_->phase = WriterState::Phase::closed;
  }
  changed_.notify_all();
}

Task<Status> LogChannel::drain() {
  while (flushing_) EYRIE_CO_RETURN_IF_ERROR(co_await idle_.wait());
  co_return Status();
}

WalPosition LogChannel::segment_of(WalPosition position) const {
  auto behind = segments_.upper_bound(position);
  if (position <= state_.truncated_to || behind == segments_.begin()) return 0;
  return std::prev(behind)->first;
}

Task<Result<Bytes>> LogChannel::read_segment(WalPosition first, std::uint64_t offset,
                                             std::size_t length) {
  auto found = segments_.find(first);
  if (found != segments_.end() && found->second.file == nullptr) {
    EYRIE_CO_TRY(std::shared_ptr<File> file,
                 co_await environment_.disk.open(path_of(first), OpenMode::read));
    found = segments_.find(first);
    if (found != segments_.end()) found->second.file = std::move(file);
  }
  if (found == segments_.end()) {
    co_return fail(Code::out_of_range, "segment " + std::to_string(first) + " of log channel '" +
                                           name() + "' was truncated away");
  }
  if (std::next(found) == segments_.end()) {  // bytes behind last_bytes_ are not durable yet
    length = std::min<std::uint64_t>(length, last_bytes_ - std::min(last_bytes_, offset));
  }
  const std::shared_ptr<File> file = found->second.file;
  co_return co_await file->read_at(offset, length);
}

}  // namespace eyrie::storage
