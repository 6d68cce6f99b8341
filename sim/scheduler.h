// Scheduler: the one order of everything that happens in a simulated world.
//
// Events are ordered by (time, tie, sequence). The tie is drawn from the seed, so that events at
// the same time come in an order that the seed decides and nobody else; the sequence makes it
// total.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/random.h"
#include "sim/event_log.h"
#include "sim/time.h"

namespace eyrie::sim {

// Whatever events are for: an executor, a clock, a link. Lives as long as the scheduler, because an
// event cannot be taken back; actors tell a stale event by its argument.
class Actor {
 public:
  virtual ~Actor() = default;
  // A stale event is dropped: it is no step and leaves no trace.
  virtual bool stale(std::uint64_t argument) const = 0;
  virtual void act(std::uint64_t argument) = 0;
};

class Scheduler {
 public:
  Scheduler(Random random, EventLog& log) : random_(random), log_(log) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  SimTime now() const { return now_; }
  std::uint64_t steps() const { return steps_; }

  // Calls actor.act(argument) at `time` (not before now). machine and what are for the log.
  void at(SimTime time, Actor& actor, std::uint64_t argument, NameId machine, NameId what);

  // Runs the next event; false if there is none at or before `until`, and then it is `until`.
  bool step(SimTime until);

  // Steps at this very instant; a number that keeps growing is a busy loop.
  std::uint64_t steps_at_now() const { return steps_at_now_; }
  // Whose step the last one was, and which.
  NameId last_machine() const { return last_machine_; }
  NameId last_what() const { return last_what_; }
  EventLog& log() { return log_; }

 private:
  struct Event {
    SimTime time;
    std::uint64_t order;  // 24 bits of tie above 40 bits of sequence
    Actor* actor;
    std::uint64_t argument;
    NameId machine;
    NameId what;
  };
  // One comparison of 128 bits: which of two events is later is a coin's toss to the processor.
  static bool later(const Event& a, const Event& b) { return when(a) > when(b); }
  static unsigned __int128 when(const Event& event) {
    return static_cast<unsigned __int128>(event.time) << 64 | event.order;
  }

  bool empty() const { return near_.empty() && far_.empty(); }
  SimTime next_time() const { return near_.empty() ? far_.front().time : near_.front().time; }
  void push(std::vector<Event>& heap, const Event& event);
  Event pop(std::vector<Event>& heap);
  // The next event's heap has it on top: moves what is near by now, if nothing else is.
  void look_ahead();

  Random random_;
  EventLog& log_;
  SimTime now_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t steps_at_now_ = 0;
  std::uint64_t scheduled_in_step_ = 0;
  NameId last_machine_ = 0;
  NameId last_what_ = 0;
  // Two heaps with the earliest event on top. Most that wait are deadlines far ahead, which most
  // often turn stale first; most that happen were scheduled just before. Kept apart, these find
  // their place among few. Invariant: an event is in near_ if and only if its time is at most
  // horizon_.
  std::vector<Event> near_;
  std::vector<Event> far_;
  SimTime horizon_ = -1;
};

}  // namespace eyrie::sim
