// EventLog: everything that happened in a simulated run, as one binary record stream.
//
// Two runs are the same if and only if their logs are the same bytes; trace_hash() is the XXH3-64
// of those bytes and is always kept. The bytes themselves are kept only when a sink asks for them.
//
// Format, version 2. All integers little-endian. The stream begins with kMagic and a u32 version.
// Each record is one byte of kind, then the kind's body; text is a u32 length and bytes:
//   name     u32 id, text                  an interned string: machine, event, field or kind name
//   step     i64 time_ns, u64 sequence, u32 machine, u32 what      the scheduler dispatched
//   message  i64 time_ns, u64 link, u64 sequence, text             bytes put on a link
//   effect   i64 time_ns, u32 machine, u32 what, i64, i64, text    a store, fault or world effect
//   disk     i64 time_ns, u32 machine, u32 what, u64 file, u64 at, u64 count, u64 digest, text
//   trace    i64 time_ns, u32 machine, u32 event, u8 level, u8 count, then for each field:
//            u32 name, u8 0 + i64  or  u8 1 + text
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/status.h"
#include "runtime/tracer.h"
#include "sim/time.h"

namespace eyrie::sim {

inline constexpr std::string_view kEventLogMagic = "EYRLOG\r\n";
inline constexpr std::uint32_t kEventLogVersion = 2;

enum class RecordKind : std::uint8_t {
  name = 1,
  step = 2,
  message = 3,
  effect = 4,
  trace = 5,
  disk = 6
};

using NameId = std::uint32_t;

// What an operation changed on a disk, or would have but for a fault. It tells the disks of two
// runs apart without naming every byte.
struct DiskEffect {
  std::uint64_t file = 0;      // Inode::number; 0: of none
  std::uint64_t at = 0;        // the offset of a write, the size after a truncation
  std::uint64_t count = 0;     // bytes of a write; writes or names that a sync made durable
  std::uint64_t digest = 0;    // of a write's bytes, of what a failed sync did to each write
  std::string_view text = {};  // the names of whatever is about names
};

class EventLog {
 public:
  // Receives the stream's bytes in order; called from the simulation's thread.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void write(BytesView bytes) = 0;
  };

  // The sink, if any, outlives the log.
  explicit EventLog(Sink* sink);
  ~EventLog();

  // The number of a name, from 1 on in order of first use.
  NameId intern(std::string_view name);
  // Back, for people; looks through all of them. Empty if there is none.
  std::string name(NameId id) const;

  void step(SimTime time, std::uint64_t sequence, NameId machine, NameId what);
  void message(SimTime time, std::uint64_t link, std::uint64_t sequence, BytesView bytes);
  void effect(SimTime time, NameId machine, NameId what, std::int64_t a, std::int64_t b,
              std::string_view text);
  void disk(SimTime time, NameId machine, NameId what, const DiskEffect& effect);
  void trace(SimTime time, NameId machine, const EventHeader& event, std::span<const Field> values);

  // What stands for bytes in DiskEffect::digest.
  static std::uint64_t digest(BytesView bytes);
  // Of everything so far; also hands the sink what is buffered.
  std::uint64_t hash();

 private:
  struct Hasher;

  void begin(RecordKind kind);
  void put_u32(std::uint32_t value);
  void put_u64(std::uint64_t value);
  void put_text(std::string_view text);
  void flush();

  Sink* sink_;
  std::unique_ptr<Hasher> hasher_;
  Bytes buffer_;
  std::map<std::string, NameId, std::less<>> names_;
};

// One decoded record, for printing and comparing.
struct LogRecord {
  RecordKind kind = RecordKind::step;
  SimTime time = 0;
  std::uint64_t sequence = 0;  // of the step
  std::string machine;
  std::string what;
  std::string text;  // the rest, readable
};

// Reads a stream record by record; data_loss on bytes that are none, unsupported on another
// version.
class EventLogReader {
 public:
  explicit EventLogReader(BytesView stream);
  Status open();
  // nullopt at the end; name records are used, not returned.
  Result<std::optional<LogRecord>> next();
  // Bytes of the stream that have been read.
  std::size_t offset() const { return size_ - rest_.size(); }

 private:
  Result<std::uint64_t> take(std::size_t width);
  Result<std::string> take_text();
  std::string name(std::uint64_t id) const;
  Result<LogRecord> read_body(RecordKind kind);
  Result<std::string> read_disk();
  Result<LogRecord> read_trace();

  std::size_t size_;
  BytesView rest_;
  std::map<std::uint64_t, std::string> names_;
};

std::string to_string(const LogRecord& record);

}  // namespace eyrie::sim
