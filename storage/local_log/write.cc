// How records become durable: in groups, one at a time (C1).
#include <utility>

#include "storage/local_log/channel.h"
#include "storage/local_log/events.h"
#include "storage/local_log/segment_format.h"

namespace eyrie::storage {

namespace {

Status not_writable(const WriterState& writer, const std::string& channel) {
  switch (writer.phase) {
    case WriterState::Phase::writing:
      return {};
    case WriterState::Phase::closed:
      return Status(Code::failed_precondition,
                    "the writer of log channel '" + channel + "' is closed");
    case WriterState::Phase::fenced:
      return Status(Code::fenced, "term " + std::to_string(writer.term) + " of log channel '" +
                                      channel + "' was superseded");
    case WriterState::Phase::failed:
      return Status(Code::unavailable, "an earlier append to log channel '" + channel +
                                           "' failed; open it in a new term");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<PendingAppend>> LogChannel::append(
    const std::shared_ptr<WriterState>& writer, Bytes record) {
  EYRIE_RETURN_IF_ERROR(not_writable(*writer, name()));
  if (record.size() > kWalRecordBytesMax) {
    writer->phase = WriterState::Phase::failed;
    return fail(Code::invalid_argument, "a log record of " + std::to_string(record.size()) +
                                            " bytes; the limit is " +
                                            std::to_string(kWalRecordBytesMax));
  }
  if (writer->queue_bytes + record.size() > options_.pending_bytes_max) {
    writer->phase = WriterState::Phase::failed;
    return fail(Code::resource_exhausted, "log channel '" + name() + "' has " +
                                              std::to_string(writer->queue_bytes) +
                                              " bytes waiting for the disk");
  }
  auto pending = std::make_shared<PendingAppend>();
  pending->position = writer->next++;
  pending->record = std::move(record);
  writer->queue_bytes += pending->record.size();
  writer->queue.push_back(pending);
  if (!flushing_) {
    flushing_ = true;
    tasks_.spawn(flush());
  }
  return pending;
}

void LogChannel::fail_queue(Status status) {
  for (const std::shared_ptr<PendingAppend>& pending : writer_->queue) pending->done.set(status);
  writer_->queue.clear();
  writer_->queue_bytes = 0;
}

void LogChannel::fence_writer() {
  if (writer_ == nullptr) return;
  writer_->phase = WriterState::Phase::fenced;
  fail_queue(not_writable(*writer_, name()));
}

LogChannel::Group LogChannel::take_group() {
  Group group;
  std::size_t bytes = 0;
  while (!writer_->queue.empty()) {
    const std::size_t size = writer_->queue.front()->record.size();
    if (bytes > 0 && bytes + size > options_.group_bytes_max) break;
    bytes += size;
    group.appends.push_back(std::move(writer_->queue.front()));
    writer_->queue.pop_front();
  }
  writer_->queue_bytes -= bytes;
  group.last = group.appends.back()->position;
  group.term = writer_->term;
  return group;
}

// The only task that writes; open() waits for its end before it replaces the writer.
Task<void> LogChannel::flush() {
  while (!writer_->queue.empty()) {
    const Group group = take_group();
    const Status status = co_await write_group(group);
    if (status.ok()) {
      durable_end_ = group.last;
      changed_.notify_all();
    } else {
      emit(environment_.tracer, kWriteFailed, name(), group.appends.front()->position,
           status.to_string());
      needs_recovery_ = true;
      if (writer_->phase != WriterState::Phase::fenced) {
        writer_->phase = WriterState::Phase::failed;
      }
    }
    for (const std::shared_ptr<PendingAppend>& pending : group.appends) pending->done.set(status);
    if (!status.ok()) fail_queue(not_writable(*writer_, name()));
  }
  flushing_ = false;
  idle_.notify_all();
}

Task<Status> LogChannel::write_group(const Group& group) {
  if (!last_takes_groups_ || last_bytes_ >= options_.segment_bytes_max) {
    EYRIE_CO_RETURN_IF_ERROR(co_await start_segment(group.appends.front()->position));
  }
  const WalPosition first = segments_.rbegin()->first;
  Bytes bytes;
  if (last_bytes_ == 0) bytes = encode_segment_header(name(), first);
  for (const std::shared_ptr<PendingAppend>& pending : group.appends) {
    append_record(bytes, {pending->position, group.term, static_cast<std::uint32_t>(last_bytes_),
                          pending->record});
  }
  const std::uint64_t end = last_bytes_ + bytes.size();
  const std::shared_ptr<File> file = segments_.rbegin()->second.file;
  if (Status wrote = co_await file->write_at(last_bytes_, std::move(bytes)); !wrote.ok()) {
    co_return co_await undo_write(std::move(wrote));
  }
  Status synced = co_await file->sync();
  if (synced.ok() && !last_name_is_durable_) {
    synced = co_await environment_.disk.sync_dir(folder_);
  }
  if (!synced.ok()) {
    co_return Status(Code::unknown, "log channel '" + name() + "': " + synced.to_string());
  }
  last_name_is_durable_ = true;
  last_bytes_ = end;
  co_return Status();
}

// Nothing of a record has been written when this fails.
Task<Status> LogChannel::start_segment(WalPosition first) {
  Result<std::unique_ptr<File>> file =
      co_await environment_.disk.open(path_of(first), OpenMode::create_new);
  if (!file) {
    const bool full = file.error().code() == Code::disk_full;
    co_return Status(full ? Code::disk_full : Code::unavailable,
                     "log channel '" + name() + "': a new segment: " + file.error().to_string());
  }
  segments_[first].file = std::move(*file);
  last_bytes_ = 0;
  last_takes_groups_ = true;
  last_name_is_durable_ = false;
  co_return Status();
}

// After a full disk took a part of a group: durably without that part, the group certainly did not
// happen. Any other failure leaves it in doubt.
Task<Status> LogChannel::undo_write(Status cause) {
  if (cause.code() == Code::disk_full) {
    const std::shared_ptr<File> file = segments_.rbegin()->second.file;
    Status undone = co_await file->truncate(last_bytes_);
    if (undone.ok()) undone = co_await file->sync();
    if (undone.ok()) co_return std::move(cause).annotate("log channel '" + name() + "'");
  }
  co_return Status(Code::unknown, "log channel '" + name() + "': " + cause.to_string());
}

}  // namespace eyrie::storage
