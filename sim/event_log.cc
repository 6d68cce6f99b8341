#include "sim/event_log.h"

#include <array>
#include <bit>
#include <cstring>
#include <xxhash.h>

#include "runtime/check.h"

namespace eyrie::sim {

static_assert(std::endian::native == std::endian::little, "the log is written in memory order");

namespace {

constexpr std::size_t kFlushBytes = 64 << 10;

}  // namespace

struct EventLog::Hasher {
  Hasher() : state(XXH3_createState()) { XXH3_64bits_reset(state); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  ~Hasher() { XXH3_freeState(state); }

  XXH3_state_t* state;
};

EventLog::EventLog(Sink* sink) : sink_(sink), hasher_(std::make_unique<Hasher>()) {
  buffer_.reserve(kFlushBytes + 4096);
  buffer_.append(kEventLogMagic);
  put_u32(kEventLogVersion);
}

EventLog::~EventLog() {
  flush();
}

NameId EventLog::intern(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const auto id = static_cast<NameId>(names_.size() + 1);
  names_.emplace(std::string(name), id);
  begin(RecordKind::name);
  put_u32(id);
  put_text(name);
  return id;
}

std::string EventLog::name(NameId id) const {
  for (const auto& [name, number] : names_) {
    if (number == id) return name;
  }
  return "";
}

void EventLog::step(SimTime time, std::uint64_t sequence, NameId machine, NameId what) {
  begin(RecordKind::step);
  // Most records are steps: one append.
  char body[sizeof time + sizeof sequence + sizeof machine + sizeof what];
  char* end = body;
  const auto put = [&end](const auto& value) {
    std::memcpy(end, &value, sizeof value);
    end += sizeof value;
  };
  put(time);
  put(sequence);
  put(machine);
  put(what);
  buffer_.append(body, sizeof body);
}

void EventLog::message(SimTime time, std::uint64_t link, std::uint64_t sequence, BytesView bytes) {
  begin(RecordKind::message);
  put_u64(static_cast<std::uint64_t>(time));
  put_u64(link);
  put_u64(sequence);
  put_text(bytes);
}

void EventLog::effect(SimTime time, NameId machine, NameId what, std::int64_t a, std::int64_t b,
                      std::string_view text) {
  begin(RecordKind::effect);
  put_u64(static_cast<std::uint64_t>(time));
  put_u32(machine);
  put_u32(what);
  put_u64(static_cast<std::uint64_t>(a));
  put_u64(static_cast<std::uint64_t>(b));
  put_text(text);
}

void EventLog::disk(SimTime time, NameId machine, NameId what, const DiskEffect& effect) {
  begin(RecordKind::disk);
  put_u64(static_cast<std::uint64_t>(time));
  put_u32(machine);
  put_u32(what);
  put_u64(effect.file);
  put_u64(effect.at);
  put_u64(effect.count);
  put_u64(effect.digest);
  put_text(effect.text);
}

std::uint64_t EventLog::digest(BytesView bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

void EventLog::trace(SimTime time, NameId machine, const EventHeader& event,
                     std::span<const Field> values) {
  EYRIE_CHECK(values.size() == event.fields.size() && values.size() < 256);
  const NameId event_name = intern(event.name);
  std::array<NameId, 256> fields;
  for (std::size_t i = 0; i < values.size(); ++i) fields[i] = intern(event.fields[i]);
  begin(RecordKind::trace);
  put_u64(static_cast<std::uint64_t>(time));
  put_u32(machine);
  put_u32(event_name);
  buffer_.push_back(static_cast<char>(event.level));
  buffer_.push_back(static_cast<char>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    put_u32(fields[i]);
    if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
      buffer_.push_back(0);
      put_u64(static_cast<std::uint64_t>(*number));
    } else {
      buffer_.push_back(1);
      put_text(std::get<std::string_view>(values[i]));
    }
  }
}

std::uint64_t EventLog::hash() {
  flush();
  return XXH3_64bits_digest(hasher_->state);
}

void EventLog::begin(RecordKind kind) {
  if (buffer_.size() >= kFlushBytes) flush();
  buffer_.push_back(static_cast<char>(kind));
}

void EventLog::put_u32(std::uint32_t value) {
  buffer_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void EventLog::put_u64(std::uint64_t value) {
  buffer_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void EventLog::put_text(std::string_view text) {
  put_u32(static_cast<std::uint32_t>(text.size()));
  buffer_.append(text);
}

void EventLog::flush() {
  if (buffer_.empty()) return;
  XXH3_64bits_update(hasher_->state, buffer_.data(), buffer_.size());
  if (sink_ != nullptr) sink_->write(buffer_);
  buffer_.clear();
}

}  // namespace eyrie::sim
