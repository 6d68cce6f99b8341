#include <cstdio>

#include <fmt/format.h>

#include "scenarios/bugs/bugs.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/properties/property.h"

namespace eyrie::scenarios {

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

void print(const Entries& entries) {
  std::size_t width = 0;
  for (const auto& [name, what] : entries) width = std::max(width, name.size());
  for (const auto& [name, what] : entries) {
    std::fputs(fmt::format("{:<{}}  {}\n", name, width, what).c_str(), stdout);
  }
}

Entries faults_entries() {
  Entries entries;
  for (const faults::FaultKind& kind : faults::fault_kinds()) {
    entries.emplace_back(kind.name, kind.cause);
  }
  return entries;
}

Entries property_entries() {
  Entries entries;
  for (const Property& property : all_properties()) {
    entries.emplace_back(
        property.id, fmt::format("{}; put to the test when {}", property.name, property.premise));
  }
  return entries;
}

Entries bug_entries() {
  Entries entries;
  for (const Bug& bug : bugs()) {
    entries.emplace_back(bug.name, bug.mistake + " (" + bug.rule + ", " + bug.property + ")");
  }
  return entries;
}

Result<Entries> scenario_entries() {
  Entries entries;
  EYRIE_TRY(const std::vector<std::string> files, scenario_files());
  for (const std::string& file : files) {
    EYRIE_TRY(const Bytes yaml, read_file(file));
    EYRIE_TRY(const Scenario scenario, parse_scenario(yaml, file));
    entries.emplace_back(file, scenario.about);
  }
  return entries;
}

}  // namespace

int command_list(const std::string& what) {
  if (what.empty()) {
    return report_bad_input(
        Status(Code::invalid_argument,
               "list needs to know what: faults, properties, scenarios or bugs"),
        false);
  }
  Result<Entries> entries = what == "faults"       ? faults_entries()
                            : what == "properties" ? property_entries()
                            : what == "bugs"       ? bug_entries()
                                                   : scenario_entries();
  if (!entries) return report_bad_input(entries.error(), false);
  print(*entries);
  return 0;
}

}  // namespace eyrie::scenarios
