// How values come to settings: default < YAML file < EYRIE_SECTION_NAME < --set name=value.
//
// Each source becomes assignments that remember where they were written, so that an unknown name, a
// wrong type or a value out of range is reported with its place, and all of them at once.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/random.h"
#include "runtime/settings.h"

namespace eyrie {

// All settings of a program, by name.
class SettingsTable {
 public:
  // The lists of its rooms. Two declarations with the same name or environment variable are a
  // broken invariant.
  explicit SettingsTable(std::initializer_list<SettingList> rooms);

  SettingRef find(std::string_view name) const;  // nullptr if there is none
  // The known name that `name` is most likely meant to be: the fewest edits away from it, its
  // section or none, and by a third of the letters at most. Empty if there is none.
  std::string_view nearest(std::string_view name) const;
  const std::vector<SettingRef>& all() const { return settings_; }  // sorted by name

 private:
  std::vector<SettingRef> settings_;
};

// One value as written. `place`: "eyrie.yaml:12", "EYRIE_RPC_CALL_TIMEOUT", "--set".
struct SettingAssignment {
  std::string name;
  std::string text;
  std::string place;
};

// "rpc.call_timeout" is set by EYRIE_RPC_CALL_TIMEOUT.
std::string environment_name(const SettingDeclaration& declaration);
// Every variable that begins with EYRIE_, given by whoever may read the environment; one that no
// setting has stays in as an assignment to an unknown name, under its own.
std::vector<SettingAssignment> read_environment(
    const SettingsTable& table, const std::map<std::string, std::string>& environment);
// The values of --set flags, "name=value" each; one without '=' is invalid_argument.
Result<std::vector<SettingAssignment>> read_flags(std::span<const std::string> flags);

// Later assignments win. invalid_argument lists every mistake, one a line.
Result<Settings> load_settings(const SettingsTable& table,
                               std::span<const SettingAssignment> assignments);

// For --help: each setting with its default, range and sentence.
std::string settings_help(const SettingsTable& table);
// For docs/: one Markdown table.
std::string settings_markdown(const SettingsTable& table);

// A value for every setting that has a swarm, by name; each from its own stream of `random`, so a
// new setting moves no other's draw.
std::vector<SettingAssignment> draw_swarm(const SettingsTable& table, const Random& random);

}  // namespace eyrie
