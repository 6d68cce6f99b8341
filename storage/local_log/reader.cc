#include "storage/local_log/reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/local_log/channel.h"
#include "storage/local_log/segment_format.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kReadBytes = 256u << 10;

}  // namespace

Task<Result<WalEntry>> LocalLogReader::next() {
  while (true) {
    if (channel_.closed()) co_return fail(Code::failed_precondition, "the log is closed");
    if (next_ <= channel_.truncated_to()) {
      co_return fail(Code::out_of_range, "log channel '" + channel_.name() + "' was truncated to " +
                                             std::to_string(channel_.truncated_to()));
    }
    if (next_ > channel_.durable_end()) {
      EYRIE_CO_RETURN_IF_ERROR(co_await channel_.changed());
      continue;
    }
    const WalPosition segment = channel_.segment_of(next_);
    if (segment == 0) co_return fail(damaged());
    if (segment != segment_) {
      segment_ = segment;
      offset_ = kSegmentHeaderBytes;
      buffer_.clear();
      taken_ = 0;
      EYRIE_CO_TRY(const Bytes header,
                   co_await channel_.read_segment(segment, 0, kSegmentHeaderBytes));
      EYRIE_CO_RETURN_IF_ERROR(check_segment_header(header, channel_.name(), segment));
    }
    Result<WalEntry> entry = co_await take_record();
    // A truncation in between answers above, with the position.
    if (!entry && entry.error().code() == Code::out_of_range && channel_.truncated_to() >= next_) {
      continue;
    }
    if (!entry) co_return entry;
    if (entry->position > next_) co_return fail(damaged());
    if (entry->position < next_) continue;  // on the way from the segment's begin
    ++next_;
    co_return entry;
  }
}

Task<Result<WalEntry>> LocalLogReader::take_record() {
  EYRIE_CO_RETURN_IF_ERROR(co_await fill(kRecordHeaderBytes));
  const std::optional<std::size_t> bytes = record_bytes(BytesView(buffer_).substr(taken_));
  if (!bytes) co_return fail(damaged());
  EYRIE_CO_RETURN_IF_ERROR(co_await fill(*bytes));
  const auto record = parse_record(BytesView(buffer_).substr(taken_));
  if (!record) co_return fail(damaged());
  taken_ += *bytes;
  co_return WalEntry{record->position, record->term, Bytes(record->payload)};
}

// At least that many untaken bytes, if the file has them.
Task<Status> LocalLogReader::fill(std::size_t bytes) {
  if (buffer_.size() - taken_ >= bytes) co_return Status();
  offset_ += taken_;
  buffer_.erase(0, taken_);
  taken_ = 0;
  const std::size_t wanted = std::max(bytes, kReadBytes) - buffer_.size();
  EYRIE_CO_TRY(const Bytes more,
               co_await channel_.read_segment(segment_, offset_ + buffer_.size(), wanted));
  buffer_ += more;
  co_return Status();
}

Status LocalLogReader::damaged() const {
  return Status(Code::data_loss, "log channel '" + channel_.name() + "': record " +
                                     std::to_string(next_) + " is damaged or missing");
}

}  // namespace eyrie::storage
