#include "nodes/settings/all.h"

#include "nodes/settings/coordinator.h"
#include "nodes/settings/etcd.h"
#include "nodes/settings/membership.h"
#include "nodes/settings/node.h"
#include "nodes/settings/process.h"
#include "nodes/settings/proxy.h"
#include "nodes/settings/query.h"
#include "nodes/settings/s3.h"
#include "nodes/settings/streaming.h"
#include "runtime/rpc/settings.h"
#include "storage/zero_disk/options.h"

namespace eyrie::settings {

SettingsTable all() {
  return SettingsTable{kMembership,   kCoordinator, kProxy,
                       kStreaming,    kQuery,       storage::kZeroDiskSettings,
                       rpc::kSettings};
}

SettingsTable process() {
  return SettingsTable{kProcess};
}

SettingsTable cluster() {
  return SettingsTable{kEtcd, kS3, kNode};
}

SettingsTable with_process() {
  const SettingsTable database = all();
  return SettingsTable{database.all(), kProcess};
}

SettingsTable with_cluster() {
  const SettingsTable database = all();
  return SettingsTable{database.all(), kProcess, kEtcd, kS3, kNode};
}

namespace {

std::string named(const Settings& settings, const SettingDeclaration& setting) {
  return std::string(setting.name) + " is " + format_setting(setting, settings.value_of(setting));
}

}  // namespace

Status check_together(const Settings& settings) {
  if (settings.get(kSegmentRowsMin) > settings.get(kSegmentRowsMax)) {
    return Status(Code::invalid_argument, named(settings, kSegmentRowsMin) + ", and " +
                                              named(settings, kSegmentRowsMax) +
                                              ": the least is more than the most");
  }
  // An idle client's ping must come before a server takes its silence for its end.
  if (settings.get(rpc::kSilenceMax) < 2 * settings.get(rpc::kKeepAliveInterval)) {
    return Status(Code::invalid_argument,
                  named(settings, rpc::kSilenceMax) + ", and " +
                      named(settings, rpc::kKeepAliveInterval) +
                      ": servers would close connections that are only idle; the first must be "
                      "at least twice the second");
  }
  return {};
}

Result<Settings> load(const SettingsTable& table, std::span<const SettingAssignment> assignments) {
  EYRIE_TRY(Settings settings, load_settings(table, assignments));
  EYRIE_RETURN_IF_ERROR(check_together(settings));
  return settings;
}

Result<Settings> load(std::span<const SettingAssignment> assignments) {
  return load(all(), assignments);
}

}  // namespace eyrie::settings
