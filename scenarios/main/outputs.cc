#include "scenarios/main/outputs.h"

#include <fstream>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "scenarios/history/history_json.h"
#include "scenarios/main/child.h"
#include "scenarios/main/files.h"
#include "scenarios/main/run_story.h"
#include "scenarios/main/trace_file.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

constexpr std::size_t kEventsShown = 5;
constexpr std::string_view kError = "error: ";

// Writes the event log to a file as it grows, keeps it in memory, or both.
class LogSink : public sim::EventLog::Sink {
 public:
  LogSink(const std::string& file, bool keep) : file_(file), keep_(keep) {
    if (!file.empty()) out_.open(file, std::ios::binary);
  }

  void write(BytesView bytes) override {
    if (!file_.empty()) out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (keep_) kept_.append(bytes);
  }
  Status finish() {
    if (file_.empty() || out_.flush()) return {};
    return Status(Code::io_error, "file '" + file_ + "' cannot be written");
  }
  BytesView kept() const { return kept_; }

 private:
  std::string file_;
  bool keep_;
  std::ofstream out_;
  Bytes kept_;
};

std::string json_of(const std::vector<MachineState>& states) {
  json::array array;
  for (const MachineState& state : states) {
    array.emplace_back(
        json::object{{"name", state.name},
                     {"state", state.state},
                     {"incarnation", state.incarnation},
                     {"events", json::array(state.events.begin(), state.events.end())}});
  }
  return json::serialize(array);
}

// The child's work: a line of summary, then a line of machines.
Result<std::string> run_here(const Plan& plan, const Words& words, const Outputs& outputs) {
  const bool keep = !outputs.trace.empty() || outputs.at.has_value();
  LogSink sink(outputs.log, keep);
  const bool logs = keep || !outputs.log.empty();
  const std::int64_t begin = wall_ms();
  const RunOutcome outcome = run(plan, words, *index::best_kernels(), logs ? &sink : nullptr);
  std::string said = to_json(summarize(plan, outcome, wall_ms() - begin, "")) + "\n";
  EYRIE_RETURN_IF_ERROR(sink.finish());
  if (!outputs.history.empty()) {
    EYRIE_RETURN_IF_ERROR(
        write_file(outputs.history, to_jsonl(outcome.history, {plan.scenario, plan.seed}, words)));
  }
  if (!outputs.trace.empty()) {
    EYRIE_TRY(const RunStory run_story, read_story(sink.kept(), sim::kNever));
    EYRIE_RETURN_IF_ERROR(write_file(outputs.trace, to_trace(run_story, outcome.history)));
  }
  if (outputs.at) {
    EYRIE_TRY(const RunStory run_story, read_story(sink.kept(), *outputs.at));
    said += json_of(states_at_end(run_story, kEventsShown));
  }
  return said;
}

}  // namespace

Result<Report> run_in_child(const Plan& plan, const Words& words, const Outputs& outputs,
                            const std::string& again) {
  EYRIE_TRY(const Child child, start_child(
                                   [&] {
                                     Result<std::string> said = run_here(plan, words, outputs);
                                     return said ? *std::move(said)
                                                 : std::string(kError) + said.error().message();
                                   },
                                   outputs.seed_s_max));
  const Result<std::string> said = finish_child(child);
  if (!said) return Report{summary_without_end(plan.seed, said.error(), again), ""};
  if (said->starts_with(kError)) return fail(Code::io_error, said->substr(kError.size()));
  const std::size_t end = said->find('\n');
  Report report;
  EYRIE_TRY(report.summary, from_json(said->substr(0, end)));
  report.summary.replay = again;
  if (end != std::string::npos) report.machines = said->substr(end + 1);
  return report;
}

std::string describe_machines(const Report& report, sim::SimTime at) {
  const auto seconds = [](std::int64_t ms) {
    return fmt::format("{}.{:03} s", ms / 1'000, ms % 1'000);
  };
  const std::int64_t at_ms = at / sim::kMillisecond;
  const std::int64_t end_ms = report.summary.simulated_ms;
  std::string out = end_ms < at_ms ? fmt::format("the run ended at {}, before {}; at its end:\n",
                                                 seconds(end_ms), seconds(at_ms))
                                   : fmt::format("at {}:\n", seconds(at_ms));
  for (const json::value& machine : json::parse(report.machines).as_array()) {
    out += fmt::format(
        "  {:<16} {:<8} incarnation {}\n", std::string(machine.at("name").as_string()),
        std::string(machine.at("state").as_string()), machine.at("incarnation").as_int64());
    for (const json::value& event : machine.at("events").as_array()) {
      out += fmt::format("    {}\n", std::string(event.as_string()));
    }
  }
  return out;
}

}  // namespace eyrie::scenarios
