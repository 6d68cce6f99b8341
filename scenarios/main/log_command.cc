#include <cstdio>
#include <set>

#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "sim/event_log.h"

namespace eyrie::scenarios {

namespace {

// A message is of both machines: "client-1 -> proxy-1".
std::vector<std::string> machines_of(const sim::LogRecord& record) {
  constexpr std::string_view kTo = " -> ";
  const std::size_t to = record.machine.find(kTo);
  if (to == std::string::npos) return {record.machine};
  return {record.machine.substr(0, to), record.machine.substr(to + kTo.size())};
}

// Which machines a log has, and whether the one that a person asks for is among them.
class Machines {
 public:
  explicit Machines(const std::string& asked) : asked_(asked) {}

  // Whether the record is one of those that are asked for.
  bool take(const sim::LogRecord& record) {
    if (asked_.empty()) return true;
    bool wanted = false;
    for (std::string& name : machines_of(record)) {
      wanted = wanted || name == asked_;
      if (!name.empty()) seen_.insert(std::move(name));
    }
    return wanted;
  }
  Status finish() const {
    if (asked_.empty() || seen_.contains(asked_)) return {};
    std::string names;
    for (const std::string& name : seen_) names += (names.empty() ? "" : ", ") + name;
    return Status(Code::invalid_argument,
                  "no machine is named '" + asked_ + "'; there are " + names);
  }

 private:
  const std::string& asked_;  // empty: all
  std::set<std::string> seen_;
};

Status print(BytesView log, const LogOptions& options) {
  sim::EventLogReader reader(log);
  EYRIE_RETURN_IF_ERROR(reader.open());
  Machines machines(options.machine);
  std::uint64_t printed = 0;
  while (options.limit == 0 || printed < options.limit) {
    EYRIE_TRY(const std::optional<sim::LogRecord> record, reader.next());
    if (!record) break;
    if (!machines.take(*record) || record->time < options.from) continue;
    const std::string line = to_string(*record);
    if (line.find(options.grep) == std::string::npos) continue;
    std::printf("%s\n", line.c_str());
    ++printed;
  }
  return machines.finish();
}

}  // namespace

int command_log(const LogOptions& options) {
  const Result<Bytes> log = read_file(options.file);
  const Status status = log ? print(*log, options) : log.error();
  if (status.ok()) return 0;
  return report_bad_input(
      log ? Status(status.code(), options.file + ": " + status.message()) : status, false);
}

}  // namespace eyrie::scenarios
