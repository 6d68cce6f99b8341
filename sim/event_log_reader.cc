#include <algorithm>

#include <fmt/format.h>

#include "sim/event_log.h"

namespace eyrie::sim {

namespace {

constexpr std::size_t kShownBytes = 24;

std::string preview(const std::string& bytes) {
  std::string text = fmt::format("{} bytes", bytes.size());
  std::string hex;
  for (std::size_t i = 0; i < std::min(bytes.size(), kShownBytes); ++i) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  if (!hex.empty()) text += " " + hex + (bytes.size() > kShownBytes ? ".." : "");
  return text;
}

}  // namespace

EventLogReader::EventLogReader(BytesView stream) : size_(stream.size()), rest_(stream) {}

Status EventLogReader::open() {
  if (!rest_.starts_with(kEventLogMagic)) {
    return Status(Code::data_loss, "this is not an event log");
  }
  rest_.remove_prefix(kEventLogMagic.size());
  EYRIE_TRY(const std::uint64_t version, take(4));
  if (version != kEventLogVersion) {
    return Status(Code::unsupported,
                  fmt::format("event log version {}; this build reads version {}", version,
                              kEventLogVersion));
  }
  return {};
}

Result<std::uint64_t> EventLogReader::take(std::size_t width) {
  if (rest_.size() < width) return fail(Code::data_loss, "the event log ends within a record");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  }
  rest_.remove_prefix(width);
  return value;
}

Result<std::string> EventLogReader::take_text() {
  EYRIE_TRY(const std::uint64_t length, take(4));
  if (rest_.size() < length) return fail(Code::data_loss, "the event log ends within a text");
  std::string text(rest_.substr(0, length));
  rest_.remove_prefix(length);
  return text;
}

std::string EventLogReader::name(std::uint64_t id) const {
  const auto found = names_.find(id);
  return found != names_.end() ? found->second : fmt::format("#{}", id);
}

Result<std::optional<LogRecord>> EventLogReader::next() {
  while (!rest_.empty()) {
    EYRIE_TRY(const std::uint64_t kind, take(1));
    if (kind == static_cast<std::uint64_t>(RecordKind::name)) {
      EYRIE_TRY(const std::uint64_t id, take(4));
      EYRIE_TRY(std::string text, take_text());
      names_[id] = std::move(text);
      continue;
    }
    if (kind < static_cast<std::uint64_t>(RecordKind::step) ||
        kind > static_cast<std::uint64_t>(RecordKind::disk)) {
      return fail(Code::data_loss, fmt::format("record kind {} in the event log", kind));
    }
    EYRIE_TRY(LogRecord record, read_body(static_cast<RecordKind>(kind)));
    return record;
  }
  return std::optional<LogRecord>();
}

Result<LogRecord> EventLogReader::read_body(RecordKind kind) {
  if (kind == RecordKind::trace) return read_trace();
  LogRecord record;
  record.kind = kind;
  EYRIE_TRY(const std::uint64_t time, take(8));
  record.time = static_cast<SimTime>(time);
  if (kind == RecordKind::step) {
    EYRIE_TRY(record.sequence, take(8));
    EYRIE_TRY(const std::uint64_t machine, take(4));
    EYRIE_TRY(const std::uint64_t what, take(4));
    record.machine = name(machine);
    record.what = name(what);
  } else if (kind == RecordKind::message) {
    EYRIE_TRY(const std::uint64_t link, take(8));
    EYRIE_TRY(record.sequence, take(8));
    EYRIE_TRY(const std::string bytes, take_text());
    record.machine = name(link >> 32) + " -> " + name(link & UINT32_MAX);
    record.what = "message";
    record.text = preview(bytes);
  } else {
    EYRIE_TRY(const std::uint64_t machine, take(4));
    EYRIE_TRY(const std::uint64_t what, take(4));
    record.machine = name(machine);
    record.what = name(what);
    if (kind == RecordKind::disk) {
      EYRIE_TRY(record.text, read_disk());
      return record;
    }
    EYRIE_TRY(const std::uint64_t a, take(8));
    EYRIE_TRY(const std::uint64_t b, take(8));
    EYRIE_TRY(const std::string text, take_text());
    record.text =
        fmt::format("{} {} {}", static_cast<std::int64_t>(a), static_cast<std::int64_t>(b), text);
  }
  return record;
}

// "file 7 at 4096 count 512 digest 0123456789abcdef", "file 7 a/b": only what the effect has.
Result<std::string> EventLogReader::read_disk() {
  EYRIE_TRY(const std::uint64_t file, take(8));
  EYRIE_TRY(const std::uint64_t at, take(8));
  EYRIE_TRY(const std::uint64_t count, take(8));
  EYRIE_TRY(const std::uint64_t digest, take(8));
  EYRIE_TRY(const std::string name, take_text());
  std::vector<std::string> parts;
  if (file != 0) parts.push_back(fmt::format("file {}", file));
  if (file != 0 && name.empty()) parts.push_back(fmt::format("at {}", at));
  if (count != 0) parts.push_back(fmt::format("count {}", count));
  if (digest != 0) parts.push_back(fmt::format("digest {:016x}", digest));
  if (!name.empty()) parts.push_back(name);
  return fmt::to_string(fmt::join(parts, " "));
}

Result<LogRecord> EventLogReader::read_trace() {
  LogRecord record;
  record.kind = RecordKind::trace;
  EYRIE_TRY(const std::uint64_t time, take(8));
  EYRIE_TRY(const std::uint64_t machine, take(4));
  EYRIE_TRY(const std::uint64_t event, take(4));
  EYRIE_TRY(const std::uint64_t level, take(1));
  EYRIE_TRY(const std::uint64_t count, take(1));
  record.time = static_cast<SimTime>(time);
  record.machine = name(machine);
  record.what = name(event);
  record.text = std::string(name_of(static_cast<Level>(std::min<std::uint64_t>(level, 3))));
  for (std::uint64_t i = 0; i < count; ++i) {
    EYRIE_TRY(const std::uint64_t field, take(4));
    EYRIE_TRY(const std::uint64_t type, take(1));
    record.text += " " + name(field) + "=";
    if (type == 0) {
      EYRIE_TRY(const std::uint64_t number, take(8));
      record.text += std::to_string(static_cast<std::int64_t>(number));
    } else {
      EYRIE_TRY(const std::string text, take_text());
      record.text += text;
    }
  }
  return record;
}

std::string to_string(const LogRecord& record) {
  return fmt::format("{:>12}.{:06} ms  {:<24} {:<28} {}", record.time / kMillisecond,
                     record.time % kMillisecond, record.machine, record.what, record.text);
}

}  // namespace eyrie::sim
