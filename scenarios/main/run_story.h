// RunStory: what an event log says about machines: when each was up, its trace events, and the
// faults that struck it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "scenarios/plan/plan.h"
#include "sim/event_log.h"

namespace eyrie::scenarios {

struct Incarnation {
  std::int64_t number = 0;
  sim::SimTime start = 0;
  sim::SimTime end = sim::kNever;
};

struct MachineStory {
  std::vector<Incarnation> incarnations;
  std::vector<sim::LogRecord> events;
};

// A fault that was taken, as long as it would last if nothing was healed meanwhile.
struct FaultInterval {
  std::string kind;
  std::string machine;  // that it struck; empty: a service as a whole
  sim::SimTime begin = 0;
  sim::SimTime end = 0;
};

struct RunStory {
  std::map<std::string, MachineStory> machines;
  std::vector<FaultInterval> faults;  // in order of their beginning
  sim::SimTime healed = sim::kNever;
  sim::SimTime end = 0;  // of the log, or where it was left
};

// What happened up to `until`; data_loss if the bytes are no event log.
Result<RunStory> read_story(BytesView log, sim::SimTime until);

// Each machine at the end of the story: running, paused or down, which incarnation, and its last
// trace events.
struct MachineState {
  std::string name;
  std::string state;
  std::int64_t incarnation = 0;
  std::vector<std::string> events;
};
std::vector<MachineState> states_at_end(const RunStory& run_story, std::size_t events_each);

}  // namespace eyrie::scenarios
