// What may go wrong at the simulated WAL service, and when it does.
//
// Each draw is keyed by (seed, fault, channel, term, position, how often it was drawn there
// before), so that one record or one fault less moves no other, and who tries again is not struck
// for ever.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/random.h"
#include "runtime/time.h"
#include "storage/fakes/fault_count.h"
#include "storage/seam/wal.h"

namespace eyrie::storage::fakes {

// A numerator of 0 turns a fault off. All of them are legal behaviour of a replicated log.
struct WalFaults {
  // A record is durable, and the connection is reset before its acknowledgement is sent: the broker
  // that led the channel died.
  Ratio ack_lost;
  // The connection is reset when a record arrives, before it is durable.
  Ratio reset;
  // With a connection that broke, what it had brought and was not durable is forgotten (the broker
  // that held it in memory died); otherwise it becomes durable all the same.
  Ratio lost_with_connection{1, 2};
  // A disk or a replica has to be waited for.
  Ratio slow_sync;
  Duration slow_sync_max = 3s;
  // The service elects a new leader: for whole windows it takes no request, and resets the streams
  // that speak to it.
  Ratio unavailable_window;
  Duration unavailable_window_length = 2s;
  // The opening is done, and the connection is reset before its answer.
  Ratio open_answer_lost;
  // The connection is reset at once, and the opening is carried out later, as it lay in a queue.
  Ratio late_open;
  // The opening is done and answered, and carried out a second time later: a proxy sent it again.
  Ratio duplicate_open;
  Duration late_max = 5s;
  // A reader's connection is reset.
  Ratio read_reset;

  // How long making records durable takes on a good day; not a fault.
  Duration sync_min = 1ms;
  Duration sync_max = 10ms;
};

struct WalFaultCounts {
  FaultCount ack_lost;
  FaultCount reset;
  FaultCount lost_with_connection;
  FaultCount slow_sync;
  FaultCount unavailable;
  FaultCount open_answer_lost;
  FaultCount late_open;
  FaultCount duplicate_open;
  FaultCount read_reset;
};

// Of a record, or of an opening (position 0).
struct WalPlace {
  std::string_view channel;
  WalTerm term = 0;
  WalPosition position = 0;
};

// Owned by the world, like the log itself.
class WalFaultInjector {
 public:
  explicit WalFaultInjector(Random random) : random_(random) {}

  // Does this fault strike there?
  bool ack_lost(WalPlace place) {
    return strikes("ack_lost", place, faults.ack_lost, counts.ack_lost);
  }
  bool reset(WalPlace place) { return strikes("reset", place, faults.reset, counts.reset); }
  bool lost_with_connection(WalPlace place) {
    return strikes("lost_with_connection", place, faults.lost_with_connection,
                   counts.lost_with_connection);
  }
  bool open_answer_lost(WalPlace place) {
    return strikes("open_answer_lost", place, faults.open_answer_lost, counts.open_answer_lost);
  }
  bool late_open(WalPlace place) {
    return strikes("late_open", place, faults.late_open, counts.late_open);
  }
  bool duplicate_open(WalPlace place) {
    return strikes("duplicate_open", place, faults.duplicate_open, counts.duplicate_open);
  }
  bool read_reset(WalPlace place) {
    return strikes("read_reset", place, faults.read_reset, counts.read_reset);
  }
  bool unavailable(MonotonicTime now);

  Duration sync_time(WalPlace place);
  Duration late_by(WalPlace place) const;
  // How many of so many pending records are durable before a new term begins.
  std::size_t settled(WalPlace place, std::size_t pending) const;

  // The one switch: healing assigns WalFaults().
  WalFaults faults;
  WalFaultCounts counts;

 private:
  Random stream(std::string_view what, WalPlace place) const;
  bool strikes(std::string_view fault, WalPlace place, Ratio ratio, FaultCount& count);

  Random random_;
  std::map<std::string, std::uint64_t> drawn_;
};

}  // namespace eyrie::storage::fakes
