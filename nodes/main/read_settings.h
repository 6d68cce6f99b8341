// Settings of a server: defaults, then the file of --config, then EYRIE_*, then --set.
#pragma once

#include <string>
#include <vector>

#include "runtime/settings_load.h"

namespace eyrie::main {

struct SettingSources {
  std::string file;                // empty: none
  std::vector<std::string> flags;  // "name=value" each
};

// Of the settings in the table. invalid_argument lists every mistake with its place, one a line;
// not_found or io_error: the file.
Result<Settings> read_settings(const SettingsTable& table, const SettingSources& sources);

}  // namespace eyrie::main
