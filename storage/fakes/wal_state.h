// WalState: the log of a WAL service, as a pure state machine.
//
// WalDurableState is what the service has on its disks; the world owns it, and it survives the end
// of the machine that serves it. WalState adds what is only in that machine's memory: records that
// were received and are not durable yet.
//
// Invariants of a channel:
//   (1) its term only rises, and is durable before its opening is answered; an opening with a term
//       that is not higher fails, however late it comes (W1).
//   (2) pending records are of the current term and take the positions after the durable ones,
//       without a hole.
//   (3) records become durable in the order of their positions, so that the durable ones are
//       dense (W5).
//   (4) once an opening is answered no record of a lower term becomes durable (W1): what is pending
//       then either becomes durable first, from the front, or never does.
//   (5) a durable record never changes, and goes only by truncation, which the current term alone
//       may do and which never passes the durable end (W5).
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "runtime/status.h"
#include "storage/seam/wal.h"

namespace eyrie::storage::fakes {

struct WalRecord {
  WalTerm term = 0;
  Bytes bytes;

  friend bool operator==(const WalRecord&, const WalRecord&) = default;
};

struct WalChannelLog {
  WalTerm term = 0;       // the highest ever opened
  WalPosition first = 1;  // of the oldest record that is kept
  std::deque<WalRecord> records;

  WalPosition next() const { return first + records.size(); }
};

struct WalDurableState {
  std::map<std::string, WalChannelLog> channels;
};

class WalState {
 public:
  // The state outlives this.
  explicit WalState(WalDurableState& durable) : durable_(durable) {}

  // Opens the channel for the term, after making the first `settled` of the records that are
  // pending durable; forgets the others. Returns the position of the term's first record. fenced:
  // the term is not higher than every earlier one; nothing changed.
  Result<WalPosition> open(const std::string& channel, WalTerm term, std::size_t settled);

  // Receives a record; it is pending then. fenced: another term is open. failed_precondition: the
  // position is not the next one.
  Status append(const std::string& channel, WalTerm term, WalPosition position, Bytes record);
  // Makes the pending records up to that position durable, as far as the term is still open.
  void make_durable(const std::string& channel, WalTerm term, WalPosition through);
  // Forgets what is pending: its connection took it along.
  void drop_pending(const std::string& channel, WalTerm term);

  // not_found: it is not there yet. out_of_range: it was truncated away.
  Result<WalEntry> read(const std::string& channel, WalPosition position) const;
  // fenced: another term is open. out_of_range: past the durable end. ok also if done before.
  Status truncate(const std::string& channel, WalTerm term, WalPosition through);

  WalTerm term(const std::string& channel) const;
  // The last durable position; 0 if there never was one.
  WalPosition durable_end(const std::string& channel) const;
  std::size_t pending(const std::string& channel) const;

 private:
  const WalChannelLog* find(const std::string& channel) const;

  WalDurableState& durable_;
  std::map<std::string, std::deque<WalRecord>> pending_;
};

}  // namespace eyrie::storage::fakes
