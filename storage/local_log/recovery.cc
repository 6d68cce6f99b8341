// What a channel does before its first use and after a failure: find out what is durable.
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "storage/local_log/channel.h"
#include "storage/local_log/events.h"
#include "storage/local_log/segment_format.h"

namespace eyrie::storage {

namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kDigits = 20;

std::optional<WalPosition> parse_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return {};
  WalPosition first = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + kDigits, first);
  if (error != std::errc() || stop != name.data() + kDigits || first == 0) return {};
  return first;
}

}  // namespace

std::string LogChannel::path_of(WalPosition first) const {
  std::string digits = std::to_string(first);
  digits.insert(0, kDigits - digits.size(), '0');
  return folder_ + "/" + digits + std::string(kSuffix);
}

Task<Status> LogChannel::ensure_loaded() {
  EYRIE_CO_RETURN_IF_ERROR(co_await one_change_.acquire());
  const Permit permit(one_change_);
  co_return co_await load();
}

// With one_change_ held.
Task<Status> LogChannel::load() {
  if (loaded_) co_return Status();
  Result<ChannelState> state = co_await load_channel_state(environment_.disk, folder_);
  if (!state && state.error().code() != Code::not_found) co_return state.error();
  if (state && state->channel != name()) {
    co_return Status(Code::data_loss,
                     "the log folder of channel '" + name() + "' holds '" + state->channel + "'");
  }
  if (state) {
    state_ = std::move(*state);
    EYRIE_CO_RETURN_IF_ERROR(co_await recover());
  } else {
    EYRIE_CO_TRY(const auto segments, co_await list_segments());
    if (!segments.empty()) {
      co_return Status(Code::data_loss, "the state of log channel '" + name() + "' is missing");
    }
  }
  loaded_ = true;
  co_return Status();
}

Task<Result<std::map<WalPosition, LogChannel::Segment>>> LogChannel::list_segments() {
  const Result<std::vector<std::string>> names = co_await environment_.disk.list(folder_);
  std::map<WalPosition, Segment> segments;
  if (!names && names.error().code() == Code::not_found) co_return segments;
  if (!names) co_return fail(names.error());
  for (const std::string& entry : *names) {
    if (const auto first = parse_name(entry)) segments[*first];
  }
  co_return segments;
}

// (C6). With one_change_ held and nothing being written.
Task<Status> LogChannel::recover() {
  needs_recovery_ = true;
  // Names that an ended process left unsynced become durable before anybody hears of them.
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.sync_dir(folder_));
  EYRIE_CO_TRY(auto segments, co_await list_segments());
  // What truncation had not removed yet.
  while (segments.size() > 1 && std::next(segments.begin())->first <= truncated_to() + 1) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.remove(path_of(segments.begin()->first)));
    segments.erase(segments.begin());
  }
  EYRIE_CO_TRY(const WalPosition end, co_await recover_last(segments));
  if (end < durable_end_) {
    co_return Status(Code::data_loss, "log channel '" + name() + "' ends at " +
                                          std::to_string(end) + ", but " +
                                          std::to_string(durable_end_) + " was durable");
  }
  segments_ = std::move(segments);
  durable_end_ = end;
  last_takes_groups_ = false;
  needs_recovery_ = false;
  changed_.notify_all();
  co_return Status();
}

// The last durable position. Removes segments without a whole record, which only the last can be.
Task<Result<WalPosition>> LogChannel::recover_last(std::map<WalPosition, Segment>& segments) {
  WalPosition must_reach = 0;
  while (!segments.empty()) {
    const WalPosition first = segments.rbegin()->first;
    EYRIE_CO_TRY(std::shared_ptr<File> file,
                 co_await environment_.disk.open(path_of(first), OpenMode::write));
    EYRIE_CO_TRY(const std::uint64_t size, co_await file->size());
    EYRIE_CO_TRY(const Bytes bytes, co_await file->read_at(0, size));
    EYRIE_CO_TRY(const SegmentScan scan, scan_segment(bytes, name(), first));
    // (C2), (C3): with a successor, all up to it was durable; else what a later group proves.
    if (scan.durable_bytes_are_bad || scan.last < must_reach) {
      emit(environment_.tracer, kDamaged, name(), first, scan.bytes);
      co_return fail(Code::data_loss, "log channel '" + name() + "': durable bytes of segment " +
                                          std::to_string(first) + " are damaged at offset " +
                                          std::to_string(scan.bytes));
    }
    if (scan.last != 0) {
      if (scan.tail_is_bad) {
        emit(environment_.tracer, kTailCut, name(), scan.last, size - scan.bytes);
      }
      Bytes group = bytes.substr(scan.last_group_start, scan.bytes - scan.last_group_start);
      EYRIE_CO_RETURN_IF_ERROR(co_await make_tail_durable(file, scan, std::move(group)));
      segments.rbegin()->second.file = std::move(file);
      last_bytes_ = scan.bytes;
      co_return scan.last;
    }
    // Should a crash undo this, the next recovery does it again.
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.disk.remove(path_of(first)));
    segments.erase(first);
    must_reach = first - 1;
  }
  co_return truncated_to();
}

Task<Status> LogChannel::make_tail_durable(std::shared_ptr<File> file, SegmentScan scan,
                                           Bytes group) {
  if (scan.tail_is_bad) EYRIE_CO_RETURN_IF_ERROR(co_await file->truncate(scan.bytes));
  EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(scan.last_group_start, std::move(group)));
  co_return co_await file->sync();
}

}  // namespace eyrie::storage
