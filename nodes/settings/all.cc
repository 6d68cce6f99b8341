#include "nodes/settings/all.h"

#include "nodes/settings/coordinator.h"
#include "nodes/settings/membership.h"
#include "nodes/settings/proxy.h"
#include "nodes/settings/query.h"
#include "nodes/settings/streaming.h"
#include "runtime/rpc/settings.h"

namespace eyrie::settings {

SettingsTable all() {
  return SettingsTable{kMembership, kCoordinator, kProxy, kStreaming, kQuery, rpc::kSettings};
}

Status check_together(const Settings& settings) {
  if (settings.get(kSegmentRowsMin) <= settings.get(kSegmentRowsMax)) return {};
  return Status(Code::invalid_argument,
                std::string(kSegmentRowsMin.name) + " is " +
                    format_setting(kSegmentRowsMin, settings.value_of(kSegmentRowsMin)) +
                    ", more than " + std::string(kSegmentRowsMax.name) + ", which is " +
                    format_setting(kSegmentRowsMax, settings.value_of(kSegmentRowsMax)));
}

Result<Settings> load(std::span<const SettingAssignment> assignments) {
  EYRIE_TRY(Settings settings, load_settings(all(), assignments));
  EYRIE_RETURN_IF_ERROR(check_together(settings));
  return settings;
}

}  // namespace eyrie::settings
