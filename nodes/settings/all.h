// Every setting of the database, for whoever lists, reads or draws them; and those of a cluster's
// processes.
#pragma once

#include "runtime/settings_load.h"

namespace eyrie::settings {

SettingsTable all();

// How a process is watched: of production alone, like the next.
SettingsTable process();
// Where a process of a cluster finds its services and is found.
SettingsTable cluster();
// Those of a standalone: the first two.
SettingsTable with_process();
// Those of a process of a cluster: all three.
SettingsTable with_cluster();

// invalid_argument where values that are each allowed contradict each other, naming them.
Status check_together(const Settings& settings);

// load_settings() of the table, and check_together().
Result<Settings> load(const SettingsTable& table, std::span<const SettingAssignment> assignments);
// Of all().
Result<Settings> load(std::span<const SettingAssignment> assignments);

}  // namespace eyrie::settings
