#include <cstdio>

#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "sim/event_log.h"

namespace eyrie::scenarios {

namespace {

// A message is of both machines: "client-1 -> proxy-1".
bool is_of(const sim::LogRecord& record, const std::string& machine) {
  return record.machine == machine || record.machine.starts_with(machine + " -> ") ||
         record.machine.ends_with(" -> " + machine);
}

Status print(BytesView log, const LogOptions& options) {
  sim::EventLogReader reader(log);
  EYRIE_RETURN_IF_ERROR(reader.open());
  std::uint64_t printed = 0;
  while (options.limit == 0 || printed < options.limit) {
    EYRIE_TRY(const std::optional<sim::LogRecord> record, reader.next());
    if (!record) break;
    if (record->time < options.from) continue;
    if (!options.machine.empty() && !is_of(*record, options.machine)) continue;
    const std::string line = to_string(*record);
    if (line.find(options.grep) == std::string::npos) continue;
    std::printf("%s\n", line.c_str());
    ++printed;
  }
  return {};
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
