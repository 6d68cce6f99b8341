// Every setting of the database, for whoever lists, reads or draws them.
#pragma once

#include "runtime/settings_load.h"

namespace eyrie::settings {

SettingsTable all();

// invalid_argument where values that are each allowed contradict each other, naming them.
Status check_together(const Settings& settings);

// load_settings() of the whole table, and check_together().
Result<Settings> load(std::span<const SettingAssignment> assignments);

}  // namespace eyrie::settings
