// P45 to P47: a cluster of two releases.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "runtime/release.h"
#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 3> kIds = {"P45", "P46", "P47"};

class FormatChecker {
 public:
  FormatChecker() : findings_(kIds) {}

  std::vector<PropertyResult> run(std::span<const Observed> observations) {
    for (const Observed& observed : observations) {
      std::visit([this](const auto& what) { see(what); }, observed.what);
    }
    return findings_.take();
  }

 private:
  struct Node {
    std::string key;
    std::int32_t release = 0;
  };

  void see(const FormatSet& set) {
    format_ = set.format;
    for (const auto& [machine, node] : nodes_) check_release(node);
  }

  void see(const NodeRegistered& node) {
    nodes_[node.machine] = {node.key, node.release};
    check_release(nodes_[node.machine]);
  }
  void see(const NodeUnregistered& node) {
    std::erase_if(nodes_, [&](const auto& entry) { return entry.second.key == node.key; });
  }

  void check_release(const Node& node) {
    if (format_ == kOldestFormat) return;
    findings_.check("P46");
    if (format_of(static_cast<Release>(node.release)) >= format_) return;
    findings_.violate("P46", node.key + " of release " + std::to_string(node.release) +
                                 " is registered while the cluster's format is " +
                                 std::to_string(format_));
  }

  void see(const NewerFormatMet& met) {
    const auto node = nodes_.find(met.machine);
    if (node == nodes_.end()) return;  // it is registered no more, and has to begin anew
    findings_.violate("P46", node->second.key + " of release " +
                                 std::to_string(node->second.release) +
                                 " met what is stored in a newer format: " + met.what);
  }

  void see(const ObjectWritten& object) {
    check_version("object '" + object.name + "'", object.version);
  }
  void see(const RecordDurable& record) {
    if (record.version == 0) return;
    check_version("record " + std::to_string(record.position) + " of " + record.channel,
                  record.version);
  }
  void check_version(const std::string& what, std::int32_t version) {
    if (version == 0 || format_ == 0) return;
    findings_.check("P45");
    if (version <= format_) return;
    findings_.violate("P45", what + " is of format version " + std::to_string(version) +
                                 ", though the cluster's format is " + std::to_string(format_));
  }

  // Of files that the record names still.
  void see(const SegmentSaved& saved) {
    std::set<std::string>& known = checked_[saved.segment];
    if (!known.empty()) findings_.check("P47");
    for (const auto& [file, has_checksum] : saved.files) {
      if (has_checksum) {
        known.insert(file);
      } else if (known.contains(file)) {
        findings_.violate("P47", "the record of segment " + std::to_string(saved.segment) +
                                     " has lost the checksum of '" + file + "' at revision " +
                                     std::to_string(saved.revision));
        known.erase(file);
      }
    }
  }

  void see(const auto&) {}

  Findings findings_;
  std::int32_t format_ = 0;            // 0: the cluster is not made yet
  std::map<std::string, Node> nodes_;  // registered, by machine
  std::map<std::int64_t, std::set<std::string>> checked_;
};

}  // namespace

std::vector<PropertyResult> check_formats(std::span<const Observed> observations) {
  return FormatChecker().run(observations);
}

}  // namespace eyrie::scenarios
