#include "scenarios/main/run_story.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace eyrie::scenarios {

namespace {

// The first integer of an effect.
std::int64_t number_of(const sim::LogRecord& record) {
  std::int64_t number = 0;
  std::from_chars(record.text.data(), record.text.data() + record.text.size(), number);
  return number;
}

void take_effect(const sim::LogRecord& record, RunStory& run_story) {
  if (record.what == "fault") {
    const std::string kind = record.text.substr(record.text.rfind(' ') + 1);
    run_story.faults.push_back(
        {kind, record.machine, record.time, record.time + number_of(record)});
  }
  if (record.what != "start" && record.what != "end") return;
  MachineStory& story = run_story.machines[record.machine];
  if (record.what == "end") {
    if (!story.incarnations.empty()) story.incarnations.back().end = record.time;
    return;
  }
  story.incarnations.push_back({number_of(record), record.time, sim::kNever});
  if (record.machine == machine_name("probe", 1)) run_story.healed = record.time;
}

void take(sim::LogRecord record, RunStory& run_story) {
  run_story.end = std::max(run_story.end, record.time);
  if (record.kind == sim::RecordKind::effect) take_effect(record, run_story);
  if (record.kind == sim::RecordKind::trace) {
    run_story.machines[record.machine].events.push_back(std::move(record));
  }
}

// A machine that was started again stands still no more.
bool is_paused(const std::string& machine, const MachineStory& story, const RunStory& run_story) {
  return std::ranges::any_of(run_story.faults, [&](const FaultInterval& fault) {
    return fault.kind == "pause" && fault.machine == machine && fault.end > run_story.end &&
           fault.begin >= story.incarnations.back().start && run_story.end < run_story.healed;
  });
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
    take(*std::move(record), run_story);
  }
}

std::vector<MachineState> states_at_end(const RunStory& run_story, std::size_t events_each) {
  std::vector<MachineState> states;
  for (const auto& [name, story] : run_story.machines) {
    if (story.incarnations.empty()) continue;
    MachineState state;
    state.name = name;
    state.incarnation = story.incarnations.back().number;
    const bool up = story.incarnations.back().end == sim::kNever;
    state.state = !up ? "down" : is_paused(name, story, run_story) ? "paused" : "running";
    const std::size_t first = story.events.size() - std::min(story.events.size(), events_each);
    for (std::size_t i = first; i < story.events.size(); ++i) {
      state.events.push_back(to_string(story.events[i]));
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace eyrie::scenarios
