#include "storage/zero_disk/writer.h"

#include <utility>

#include "runtime/combine.h"
#include "runtime/plant.h"
#include "runtime/rpc/back_off.h"
#include "storage/zero_disk/events.h"

namespace eyrie::storage {

namespace {

constexpr int kOwnerReadsMax = 5;

}  // namespace

SegmentWriter::SegmentWriter(const ZeroDiskContext& context, std::string channel,
                             const LogSegment& opened, std::function<void()> rolled)
    : context_(context),
      channel_(std::move(channel)),
      term_(opened.term),
      rolled_(std::move(rolled)),
      segment_(opened.id),
      writer_(opened.writer),
      began_(context.environment.clock.monotonic()),
      next_(opened.first),
      uploaded_(opened.first - 1) {}

Status SegmentWriter::not_writable() const {
  if (phase_ == Phase::writing) return {};
  if (phase_ == Phase::closed) {
    return Status(Code::failed_precondition,
                  "the writer of log channel '" + channel_ + "' is closed");
  }
  if (failure_.code() == Code::fenced) {
    return Status(Code::fenced, "term " + std::to_string(term_) + " of log channel '" + channel_ +
                                    "' was superseded");
  }
  return Status(Code::unavailable, "an earlier append to log channel '" + channel_ +
                                       "' failed; open it in a new term");
}

Result<SegmentWriter::PendingRef> SegmentWriter::append(Bytes record) {
  EYRIE_RETURN_IF_ERROR(not_writable());
  if (record.size() > kWalRecordBytesMax) {
    phase_ = Phase::failed;
    return fail(Code::invalid_argument, "a log record of " + std::to_string(record.size()) +
                                            " bytes; the limit is " +
                                            std::to_string(kWalRecordBytesMax));
  }
  if (queue_bytes_ + record.size() > context_.options.pending_bytes_max) {
    phase_ = Phase::failed;
    return fail(Code::resource_exhausted, "log channel '" + channel_ + "' has " +
                                              std::to_string(queue_bytes_) +
                                              " bytes waiting for their upload");
  }
  if (queue_.empty()) waiting_since_ = context_.environment.clock.monotonic();
  ++next_;
  queue_bytes_ += record.size();
  queue_.push_back(std::make_shared<Pending>());
  queue_.back()->record = std::move(record);
  changed_.notify_all();
  return queue_.back();
}

void SegmentWriter::close() {
  if (phase_ == Phase::writing) phase_ = Phase::closed;
  changed_.notify_all();
}

Task<void> SegmentWriter::run(std::shared_ptr<SegmentWriter> self) {
  TaskGroup uploads(co_await this_scope());
  const Status end = co_await self->serve(self, uploads);
  co_await uploads.join();
  // Nobody has told the log of these.
  if (!end.ok()) self->fail_with(end);
  self->ended_ = true;
  self->changed_.notify_all();
}

Task<Status> SegmentWriter::serve(std::shared_ptr<SegmentWriter> self, TaskGroup& uploads) {
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(co_await wait_for_work());
    if (!failure_.ok()) co_return failure_;
    if (segment_is_full()) {
      EYRIE_CO_RETURN_IF_ERROR(co_await roll_segment());
    } else if (group_is_ready()) {
      begin_block(uploads, self);
    } else {
      co_return Status();
    }
  }
}

Task<Status> SegmentWriter::wait_for_work() {
  while (true) {
    if (!failure_.ok()) co_return Status();
    if (segment_is_full() ? order_.in_flight() == 0 : group_is_ready()) co_return Status();
    const bool over = phase_ != Phase::writing && queue_.empty();
    if (over && order_.in_flight() == 0) co_return Status();
    if (const auto due = work_due()) {
      const Status waited = co_await wait_until(context_.environment.clock, *due, changed_);
      if (waited.code() == Code::cancelled) co_return waited;
    } else {
      EYRIE_CO_RETURN_IF_ERROR(co_await changed_.wait());
    }
  }
}

// When time alone makes something of what is there.
std::optional<MonotonicTime> SegmentWriter::work_due() const {
  std::optional<MonotonicTime> due;
  if (!queue_.empty() && order_.in_flight() < context_.options.uploads_max) {
    due = waiting_since_ + context_.options.group_interval;
  }
  if (blocks_ > 0 && order_.in_flight() == 0) {
    const MonotonicTime full = began_ + context_.options.segment_age;
    due = due ? std::min(*due, full) : full;
  }
  return due;
}

bool SegmentWriter::group_is_ready() const {
  if (queue_.empty() || order_.in_flight() >= context_.options.uploads_max) return false;
  return queue_bytes_ >= context_.options.group_bytes || phase_ != Phase::writing ||
         context_.environment.clock.monotonic() >= waiting_since_ + context_.options.group_interval;
}

bool SegmentWriter::segment_is_full() const {
  const ZeroDiskOptions& options = context_.options;
  return blocks_ > 0 && (blocks_ >= options.segment_blocks || bytes_ >= options.segment_bytes ||
                         context_.environment.clock.monotonic() >= began_ + options.segment_age);
}

void SegmentWriter::begin_block(TaskGroup& uploads, std::shared_ptr<SegmentWriter> self) {
  BlockHeader header{.kind = BlockHeader::Kind::block,
                     .segment = segment_,
                     .index = blocks_,
                     .writer = writer_,
                     .term = term_,
                     .first = uploaded_ + 1};
  std::vector<Bytes> records;
  std::vector<PendingRef>& pending = in_flight_[header.index];
  std::size_t bytes = 0;
  while (!queue_.empty() && records.size() < kBlockRecordsMax &&
         (bytes == 0 || bytes + queue_.front()->record.size() <= context_.options.group_bytes)) {
    bytes += queue_.front()->record.size();
    records.push_back(std::move(queue_.front()->record));
    pending.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  uploaded_ += records.size();
  header.count = static_cast<std::uint32_t>(records.size());
  waiting_since_ = context_.environment.clock.monotonic();
  Bytes block = encode_block(channel_, header, records);
  ++blocks_;
  bytes_ += block.size();
  order_.begin(header.index);
  uploads.spawn(upload(std::move(self), header.index, std::move(block)));
}

Task<void> SegmentWriter::upload(std::shared_ptr<SegmentWriter> self, std::uint64_t index,
                                 Bytes block) {
  Status status = co_await self->store(block_key(self->channel_, self->segment_, index), index,
                                       std::move(block));
  self->on_uploaded(index, std::move(status));
}

Task<Status> SegmentWriter::store(std::string key, std::uint64_t index, Bytes block) {
  Status put = co_await context_.objects.put_if_absent(key, std::move(block));
  if (put.code() == Code::already_exists) co_return co_await find_owner(key, index);
  if (put.code() == Code::cancelled) co_return Status(Code::unknown, put.message());
  co_return put;
}

Task<Status> SegmentWriter::find_owner(std::string key, std::uint64_t index) {
  rpc::BackOff back_off(context_.options.back_off_min, context_.options.back_off_max,
                        context_.environment.random.stream(key));
  for (int reads = 1;; ++reads) {
    const Result<BlockHeader> found = co_await read_block_header(context_, channel_, key);
    if (found) {
      const bool fence = found->kind == BlockHeader::Kind::fence;
      const bool own = !fence && found->writer == writer_ && found->index == index;
      if (EYRIE_PLANT(conflict_taken_for_own_block, own, true)) {
        emit(context_.environment.tracer, kZeroDiskOwnBlock, channel_, segment_, index);
        co_return Status();
      }
      if (fence)
        co_return Status(Code::fenced,
                         "term " + std::to_string(found->term) + " of the log fenced off " + key);
      co_return Status(Code::data_loss, key + " is somebody else's block");
    }
    const bool again = may_be_tried_again(found.error()) && reads < kOwnerReadsMax;
    if (!again || !(co_await context_.environment.clock.sleep_for(back_off.next())).ok()) {
      co_return Status(Code::unknown, "whose " + key + " is: " + found.error().to_string());
    }
  }
}

void SegmentWriter::on_uploaded(std::uint64_t index, Status status) {
  if (!status.ok()) {
    emit(context_.environment.tracer, kZeroDiskBlockFailed, channel_, segment_, index,
         status.to_string());
  }
  for (const BlockAnswer& answer : order_.end(index, std::move(status))) {
    const auto block = in_flight_.extract(answer.index);
    for (const PendingRef& pending : block.mapped()) pending->done.set(answer.status);
  }
  if (!order_.failure().ok()) fail_with(order_.failure());
  changed_.notify_all();
}

// (Z3) What waits has certainly not been stored.
void SegmentWriter::fail_with(const Status& status) {
  if (failure_.ok()) failure_ = status;
  phase_ = Phase::failed;
  const Status answer = not_writable();
  for (const PendingRef& pending : queue_) pending->done.set(answer);
  queue_.clear();
  queue_bytes_ = 0;
  changed_.notify_all();
}

// (Z2)
Task<Status> SegmentWriter::roll_segment() {
  const SegmentEnd end{segment_, blocks_, uploaded_};
  const WalTerm term = term_;
  Result<LogManifest> next = co_await context_.manifests.update(
      channel_, [=](LogManifest before) { return roll(std::move(before), term, end); });
  if (!next) co_return std::move(next).error().annotate("closing a segment of the log");
  emit(context_.environment.tracer, kZeroDiskRolled, channel_, end.segment, end.blocks, end.last);
  segment_ = next->segments.back().id;
  blocks_ = 0;
  bytes_ = 0;
  began_ = context_.environment.clock.monotonic();
  rolled_();
  co_return Status();
}

}  // namespace eyrie::storage
