// P7, P8, P9, P21: timestamps against the order in which clients saw things happen.
//
// One sweep over the beginnings and ends of all calls: whatever had been answered when a call began
// is a floor under the timestamps that the call gets.
//
// P8 needs no clock of its own: a bounded read promises at most so much behind the newest
// timestamp that anybody had been given before it began, and timestamps are the coordinator's clock
// (T1). How much slower than real time that clock may run cancels out.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 4> kIds = {"P7", "P8", "P9", "P21"};
constexpr int kLogicalBits = 18;  // of a timestamp, below its milliseconds (PROTOCOL.md, T1)

class TimeChecker {
 public:
  explicit TimeChecker(const HistoryIndex& index) : history_(index.history()), findings_(kIds) {}

  std::vector<PropertyResult> run() {
    for (const Event& event : events()) {
      const Operation& operation = *event.operation;
      if (event.begins) {
        begun_[operation.id] = {written_, given_, sessions_[operation.client]};
        continue;
      }
      const auto floors = begun_.find(operation.id);
      check(operation, floors->second);
      begun_.erase(floors);
      learn(operation);
    }
    return findings_.take();
  }

 private:
  struct Event {
    sim::SimTime time;
    bool begins;
    const Operation* operation;
  };
  // The greatest timestamps of what had been answered.
  struct Floors {
    std::uint64_t written = 0;  // commits
    std::uint64_t given = 0;    // commits, and what strong reads were promised
    std::uint64_t session = 0;  // commits and reads of this client
  };

  std::vector<Event> events() const {
    std::vector<Event> events;
    for (const Operation& operation : history_.operations) {
      if (!answered(operation)) continue;
      events.push_back({operation.invoked, true, &operation});
      events.push_back({operation.completed, false, &operation});
    }
    std::ranges::sort(events, [](const Event& a, const Event& b) {
      if (a.time != b.time) return a.time < b.time;
      if (a.begins != b.begins) return a.begins;  // closed intervals: what touches overlaps
      return a.operation->id < b.operation->id;
    });
    return events;
  }

  // A call of unknown outcome may have acknowledged some of its rows (D2).
  static bool answered(const Operation& operation) {
    return operation.outcome == Outcome::ok ||
           (operation.completed != sim::kNever &&
            std::ranges::any_of(operation.written,
                                [](const WrittenRow& row) { return row.outcome == Outcome::ok; }));
  }

  void learn(const Operation& operation) {
    std::uint64_t& session = sessions_[operation.client];
    for (const WrittenRow& row : operation.written) {
      if (row.outcome != Outcome::ok) continue;
      written_ = std::max(written_, row.timestamp);
      session = std::max(session, row.timestamp);
    }
    // Deliberately not of weaker reads: what they were promised is no fresh timestamp.
    if (operation.level == Level::strong) given_ = std::max(given_, operation.guarantee_timestamp);
    given_ = std::max(given_, written_);
    for (const std::uint64_t read : operation.read_timestamps) session = std::max(session, read);
  }

  void check(const Operation& operation, const Floors& floors) {
    if (floors.given > 0 && !operation.written.empty()) findings_.check("P21");
    for (const WrittenRow& row : operation.written) {
      if (row.outcome == Outcome::ok && row.timestamp <= floors.given) {
        violate("P21", operation, "got timestamp", row.timestamp,
                "but one before it had been answered with", floors.given);
      }
    }
    if (operation.read_timestamps.empty()) return;
    const auto [low, high] = std::ranges::minmax(operation.read_timestamps);
    if (low < operation.guarantee_timestamp) {
      violate(of_level(operation.level), operation, "read at", low, "but was promised",
              operation.guarantee_timestamp);
    }
    check_exact(operation, low, high);
    if (operation.level == Level::strong) check_strong(operation, floors, low);
    if (operation.level == Level::bounded) check_bounded(operation, floors);
    if (operation.level == Level::session) check_session(operation, floors, low);
  }

  // R1 is every level's; it is told as the one that promises more.
  static std::string_view of_level(Level level) {
    if (level == Level::bounded) return "P8";
    return level == Level::session ? "P9" : "P7";
  }

  // R2: strong and pinned reads are of one time, which is the one that was promised.
  void check_exact(const Operation& read, std::uint64_t low, std::uint64_t high) {
    if (read.level != Level::strong && read.level != Level::pinned) return;
    const std::uint64_t promised = read.guarantee_timestamp;
    if (low != promised || high != promised) {
      violate("P7", read, "read at", low == promised ? high : low, "but exactly at one time,",
              promised);
    }
    if (read.level != Level::pinned || read.requested_timestamp == 0) return;
    if (promised != read.requested_timestamp) {
      violate("P7", read, "was promised the state at", promised, "but asked for the one at",
              read.requested_timestamp);
    }
  }

  void check_strong(const Operation& read, const Floors& floors, std::uint64_t low) {
    if (floors.written == 0) return;
    findings_.check("P7");
    if (low < floors.written) {
      violate("P7", read, "read at", low, "below a write that had been acknowledged at",
              floors.written);
    }
  }

  void check_bounded(const Operation& read, const Floors& floors) {
    const std::int64_t staleness_ms = history_.bounded_staleness / std::chrono::milliseconds(1);
    const std::uint64_t staleness = static_cast<std::uint64_t>(staleness_ms) << kLogicalBits;
    if (floors.given <= staleness) return;
    findings_.check("P8");
    if (read.guarantee_timestamp + staleness < floors.given) {
      violate("P8", read, "was promised the state at", read.guarantee_timestamp,
              "more than " + std::to_string(staleness_ms) +
                  " ms behind a timestamp handed out before it,",
              floors.given);
    }
  }

  void check_session(const Operation& read, const Floors& floors, std::uint64_t low) {
    if (floors.session == 0) return;
    findings_.check("P9");
    if (low < floors.session) {
      violate("P9", read, "read at", low, "below what its client had written or read before, at",
              floors.session);
    }
  }

  void violate(std::string_view id, const Operation& operation, const std::string& did,
               std::uint64_t at, const std::string& though, std::uint64_t floor) {
    findings_.violate(id, describe(history_, operation) + " " + did + " " + std::to_string(at) +
                              ", " + though + " " + std::to_string(floor));
  }

  const History& history_;
  Findings findings_;
  std::map<std::size_t, Floors> begun_;            // by operation
  std::map<std::size_t, std::uint64_t> sessions_;  // by client
  std::uint64_t written_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace

std::vector<PropertyResult> check_times(const HistoryIndex& index) {
  return TimeChecker(index).run();
}

}  // namespace eyrie::scenarios
