// Every setting of the database, for whoever lists, reads or draws them; and those of a cluster's
// processes.
#pragma once

#include "runtime/settings_load.h"

namespace eyrie::settings {

SettingsTable all();

// Where a process of a cluster finds its services and is found: of production alone.
SettingsTable cluster();
// Both.
SettingsTable with_cluster();

// invalid_argument where values that are each allowed contradict each other, naming them.
Status check_together(const Settings& settings);

// load_settings() of the table, and check_together().
Result<Settings> load(const SettingsTable& table, std::span<const SettingAssignment> assignments);
// Of all().
Result<Settings> load(std::span<const SettingAssignment> assignments);

}  // namespace eyrie::settings
