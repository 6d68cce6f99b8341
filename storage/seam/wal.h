// Wal: the write-ahead log, one sequence of records for each physical channel (PROTOCOL.md, W).
//
// A record's position is its number in the channel: dense, from 1 on. A channel has a term; the
// writer of a term may append until a higher term is opened (W1). Records are opaque bytes here;
// storage/format gives them meaning.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/task.h"

namespace eyrie::storage {

using WalPosition = std::uint64_t;  // 0: before the first record
using WalTerm = std::int64_t;       // 0: none

inline constexpr std::size_t kWalRecordBytesMax = 16u << 20;

struct WalEntry {
  WalPosition position = 0;
  WalTerm term = 0;
  Bytes record;
};

// The right to append to a channel in one term. One owner; used from one executor.
class WalWriter {
 public:
  virtual ~WalWriter() = default;

  // The position that the next append() takes: positions are allotted in the order of the calls,
  // before the record is made (W2), so a caller writes it into the record.
  virtual WalPosition next_position() const = 0;
  // ok: the record and all before it are durable; acknowledged in order of position. Calls overlap.
  // invalid_argument (beyond kWalRecordBytesMax) and resource_exhausted (too much is waiting):
  // refused, takes no position.
  // After any failure, a refusal too, nothing later succeeds (W6), for the callers have counted on
  // the positions: what is appended then is certainly not there and takes no position, and the
  // answer is fenced once a higher term is known to be open, else unavailable, for the next term
  // would take it. What was appended before a refusal goes on. An unknown outcome stays unknown
  // until the channel is opened again.
  virtual Task<Status> append(Bytes record) = 0;
  // Waits for what is under way; later appends are the caller's mistake: failed_precondition.
  virtual Task<void> close() = 0;
};

// One next() at a time. Durable records only, in order, none left out (W5); of any term.
class WalReader {
 public:
  virtual ~WalReader() = default;
  // Waits for the next record. out_of_range: it was truncated away.
  virtual Task<Result<WalEntry>> next() = 0;
};

class Wal {
 public:
  Wal() = default;
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;
  virtual ~Wal() = default;

  // A compare-and-swap: fenced if a term equal or higher was ever opened, also when this call comes
  // late. After it returns no append of a lower term becomes durable (W1). The channel is created
  // by its first open.
  virtual Task<Result<std::unique_ptr<WalWriter>>> open(std::string channel, WalTerm term) = 0;
  // From `from` on (1 is the first record); waits there if it does not exist yet.
  virtual Task<Result<std::unique_ptr<WalReader>>> read(std::string channel, WalPosition from) = 0;
  // Records up to and including `to` may be forgotten. fenced if the term is not the newest opened.
  virtual Task<Status> truncate(std::string channel, WalTerm term, WalPosition to) = 0;
};

// Whether an implementation need take it: 1 to 200 of [A-Za-z0-9._-], the first no dot. So it can
// be part of a file's or an object's name.
bool is_channel_name(std::string_view name);

}  // namespace eyrie::storage
