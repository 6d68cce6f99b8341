// RunStory: what an event log says about machines: when each was up, and its trace events.
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

struct RunStory {
  std::map<std::string, MachineStory> machines;
  sim::SimTime work_begin = sim::kNever;  // the plan's fault times count from here
  sim::SimTime healed = sim::kNever;
  sim::SimTime end = 0;  // of the log, or where it was left
};

// What happened up to `until`; data_loss if the bytes are no event log.
Result<RunStory> read_story(BytesView log, sim::SimTime until);

// A fault of the plan as it was in the run, cut off by healing.
struct FaultInterval {
  const faults::Fault* fault = nullptr;
  sim::SimTime begin = 0;
  sim::SimTime end = 0;
  std::string target;  // the machine that its number means, if its kind takes a node
};
std::vector<FaultInterval> fault_intervals(const Plan& plan, const RunStory& run_story);

// Each machine at the end of the story: running, paused or down, which incarnation, and its last
// trace events.
struct MachineState {
  std::string name;
  std::string state;
  std::int64_t incarnation = 0;
  std::vector<std::string> events;
};
std::vector<MachineState> states_at_end(const Plan& plan, const RunStory& run_story,
                                        std::size_t events_each);

}  // namespace eyrie::scenarios
