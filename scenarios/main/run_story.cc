#include "scenarios/main/run_story.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace eyrie::scenarios {

namespace {

void take_effect(const sim::LogRecord& record, RunStory& run_story) {
  if (record.what != "start" && record.what != "end") return;
  MachineStory& story = run_story.machines[record.machine];
  if (record.what == "end") {
    if (!story.incarnations.empty()) story.incarnations.back().end = record.time;
    return;
  }
  std::int64_t number = 0;  // the effect's first integer
  std::from_chars(record.text.data(), record.text.data() + record.text.size(), number);
  story.incarnations.push_back({number, record.time, sim::kNever});
  if (record.machine == machine_name("client", 1)) run_story.work_begin = record.time;
  if (record.machine == machine_name("probe", 1)) run_story.healed = record.time;
}

bool takes_a_node(const std::string& kind) {
  return !kind.starts_with("etcd_") && !kind.starts_with("s3_") && !kind.starts_with("wal_");
}

}  // namespace

Result<RunStory> read_story(BytesView log, sim::SimTime until) {
  sim::EventLogReader reader(log);
  EYRIE_RETURN_IF_ERROR(reader.open());
  RunStory run_story;
  while (true) {
    EYRIE_TRY(std::optional<sim::LogRecord> record, reader.next());
    if (!record) return run_story;
    if (record->time > until) {
      run_story.end = until;
      return run_story;
    }
    run_story.end = std::max(run_story.end, record->time);
    if (record->kind == sim::RecordKind::effect) take_effect(*record, run_story);
    if (record->kind == sim::RecordKind::trace) {
      run_story.machines[record->machine].events.push_back(*std::move(record));
    }
  }
}

std::vector<FaultInterval> fault_intervals(const Plan& plan, const RunStory& run_story) {
  std::vector<FaultInterval> intervals;
  if (run_story.work_begin == sim::kNever) return intervals;
  const std::vector<std::string> nodes = node_names(plan.topology);
  const sim::SimTime last = std::min(run_story.healed, run_story.end);
  for (const faults::Fault& fault : plan.faults) {
    const sim::SimTime begin = run_story.work_begin + fault.at;
    if (begin >= last) continue;
    intervals.push_back({&fault, begin, std::min(begin + faults::duration_of(fault), last),
                         takes_a_node(fault.kind) ? nodes[fault.target % nodes.size()] : ""});
  }
  return intervals;
}

std::vector<MachineState> states_at_end(const Plan& plan, const RunStory& run_story,
                                        std::size_t events_each) {
  std::vector<MachineState> states;
  const std::vector<FaultInterval> intervals = fault_intervals(plan, run_story);
  for (const auto& [name, story] : run_story.machines) {
    if (story.incarnations.empty()) continue;
    MachineState state;
    state.name = name;
    state.incarnation = story.incarnations.back().number;
    const bool up = story.incarnations.back().end == sim::kNever;
    const bool paused = std::any_of(
        intervals.begin(), intervals.end(), [&, &machine = name](const FaultInterval& interval) {
          return interval.fault->kind == "pause" && interval.target == machine &&
                 interval.begin + faults::duration_of(*interval.fault) > run_story.end &&
                 run_story.end < run_story.healed;
        });
    state.state = !up ? "down" : paused ? "paused" : "running";
    const std::size_t first = story.events.size() - std::min(story.events.size(), events_each);
    for (std::size_t i = first; i < story.events.size(); ++i) {
      state.events.push_back(to_string(story.events[i]));
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace eyrie::scenarios
