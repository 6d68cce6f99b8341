#include "scenarios/main/trace_file.h"

#include <algorithm>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

// Threads of a machine's process.
constexpr int kUp = 1;
constexpr int kOperations = 2;
constexpr int kEvents = 3;
constexpr int kFaults = 1;  // the process of the faults

class TraceWriter {
 public:
  TraceWriter() { name_process(kFaults, "faults"); }

  // Times as the format wants them: microseconds, here with all three decimals.
  void add(const char* phase, int process, int thread, const std::string& name, sim::SimTime time,
           const json::object& more) {
    out_ += fmt::format("{}{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"name\":{},\"ts\":{}",
                        out_.empty() ? "" : ",\n", phase, process, thread,
                        json::serialize(json::string(name)), microseconds(time));
    for (const auto& member : more) {
      out_ += fmt::format(",{}:{}", json::serialize(json::string(member.key())),
                          json::serialize(member.value()));
    }
    out_ += "}";
  }
  void add_slice(int process, int thread, const std::string& name, sim::SimTime begin,
                 sim::SimTime end, const json::object& arguments) {
    out_ += fmt::format(
        "{}{{\"ph\":\"X\",\"pid\":{},\"tid\":{},\"name\":{},\"ts\":{},\"dur\":{},"
        "\"args\":{}}}",
        out_.empty() ? "" : ",\n", process, thread, json::serialize(json::string(name)),
        microseconds(begin), microseconds(end - begin), json::serialize(arguments));
  }
  void name_process(int process, const std::string& name) {
    add("M", process, 0, "process_name", 0, {{"args", json::object{{"name", name}}}});
  }
  void name_thread(int process, int thread, const std::string& name) {
    add("M", process, thread, "thread_name", 0, {{"args", json::object{{"name", name}}}});
  }
  std::string finish() { return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + out_ + "]}\n"; }

 private:
  static std::string microseconds(sim::SimTime time) {
    return fmt::format("{}.{:03}", time / sim::kMicrosecond, time % sim::kMicrosecond);
  }

  std::string out_;
};

void add_faults(const RunStory& run_story, TraceWriter& writer) {
  std::size_t id = 0;
  for (const FaultInterval& fault : run_story.faults) {
    // Overlapping intervals are asynchronous events, each with an id of its own.
    const sim::SimTime end = std::min({fault.end, run_story.healed, run_story.end});
    const json::object begin{{"cat", "fault"}, {"id", id}, {"args", {{"target", fault.machine}}}};
    writer.add("b", kFaults, 0, fault.kind, fault.begin, begin);
    writer.add("e", kFaults, 0, fault.kind, end, {{"cat", "fault"}, {"id", id}});
    ++id;
  }
}

void add_machine(int process, const MachineStory& story, sim::SimTime end, TraceWriter& writer) {
  writer.name_thread(process, kUp, "up");
  for (const Incarnation& incarnation : story.incarnations) {
    writer.add_slice(process, kUp, fmt::format("incarnation {}", incarnation.number),
                     incarnation.start, std::min(incarnation.end, end), {});
  }
  if (story.events.empty()) return;
  writer.name_thread(process, kEvents, "events");
  for (const sim::LogRecord& event : story.events) {
    writer.add("i", process, kEvents, event.what, event.time,
               {{"s", "t"}, {"args", json::object{{"fields", event.text}}}});
  }
}

}  // namespace

std::string to_trace(const RunStory& run_story, const History& history) {
  TraceWriter writer;
  add_faults(run_story, writer);
  std::map<std::string, int> processes;
  for (const auto& [name, story] : run_story.machines) {
    const int process = kFaults + 1 + static_cast<int>(processes.size());
    processes[name] = process;
    writer.name_process(process, name);
    add_machine(process, story, run_story.end, writer);
  }
  for (const Operation& operation : history.operations) {
    const auto machine = processes.find(history.caller(operation.client).machine());
    if (machine == processes.end()) continue;
    json::object arguments{{"operation", operation.id},
                           {"outcome", json::string(name_of(operation.outcome))},
                           {"rows", operation.written.size() + operation.seen.size()}};
    if (!operation.error.empty()) arguments["error"] = operation.error;
    writer.add_slice(machine->second, kOperations, std::string(name_of(operation.kind)),
                     operation.invoked, std::min(operation.completed, run_story.end), arguments);
  }
  return writer.finish();
}

}  // namespace eyrie::scenarios
