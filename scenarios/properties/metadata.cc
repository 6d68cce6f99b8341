// P20, P31 and P36: what is unique, what is kept, and who may write the catalog.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 3> kIds = {"P20", "P31", "P36"};

class MetadataChecker {
 public:
  MetadataChecker() : findings_(kIds) {}

  std::vector<PropertyResult> run(std::span<const Observed> observations) {
    for (const Observed& observed : observations) {
      std::visit([this](const auto& what) { see(what); }, observed.what);
    }
    return findings_.take();
  }

 private:
  void see(const IdsAllocated& ids) {
    const std::int64_t end = ids.first + ids.count;
    if (!ids_.empty()) findings_.check("P20");
    // The last range that begins before this one ends is the only one that can reach into it.
    const auto after = ids_.lower_bound(end);
    if (after != ids_.begin() && std::prev(after)->second > ids.first) {
      findings_.violate("P20", "ids from " + std::to_string(ids.first) + " to " +
                                   std::to_string(end - 1) + " were handed out, and ids from " +
                                   std::to_string(std::prev(after)->first) + " to " +
                                   std::to_string(std::prev(after)->second - 1) + " had been");
    }
    std::int64_t& known = ids_[ids.first];
    known = std::max(known, end);
  }

  // A segment takes rows of one shard in one term: who recovers it seals it.
  void see(const RecordDurable& record) {
    if (!record.has_rows()) return;
    const Place place{record.virtual_channel, record.term};
    const auto [known, first] = segments_.try_emplace(record.segment, place);
    if (first || known->second == place) return;
    findings_.violate("P20", "segment " + std::to_string(record.segment) + " has rows of " +
                                 record.virtual_channel + " in term " +
                                 std::to_string(record.term) + " and of " + known->second.first +
                                 " in term " + std::to_string(known->second.second));
  }

  void see(const CollectionSaved& saved) {
    const auto [known, first] = collections_.try_emplace(saved.collection, saved.name);
    if (first || known->second == saved.name) return;
    findings_.violate("P20", "collection " + std::to_string(saved.collection) + " is both '" +
                                 known->second + "' and '" + saved.name + "'");
  }

  void see(const NodeRegistered& node) {
    std::int64_t& newest = incarnations_[node.key];
    if (node.incarnation <= newest) {
      findings_.violate("P20", node.key + " registered as incarnation " +
                                   std::to_string(node.incarnation) + " after " +
                                   std::to_string(newest));
    }
    newest = std::max(newest, node.incarnation);
  }

  void see(const ObjectWritten& object) {
    const auto [known, first] = objects_.try_emplace(object.name, object.digest);
    if (first || known->second == object.digest) return;
    findings_.violate("P20", "object '" + object.name + "' was written twice, with other bytes");
  }

  void see(const MetaStoreOpened& opened) {
    if (opened.committed == 0) return;
    findings_.check("P31");
    if (opened.revision >= opened.committed) return;
    findings_.violate("P31", "the meta store was opened at revision " +
                                 std::to_string(opened.revision) + ", though revision " +
                                 std::to_string(opened.committed) + " had been committed");
  }

  void see(const CatalogWritten& written) {
    const std::string what =
        "revision " + std::to_string(written.revision) + " changed '" + written.key + "'";
    if (written.leader == 0) {
      findings_.violate("P36", what + " without comparing the leader key");
      return;
    }
    if (first_leader_ == 0) first_leader_ = written.leader;
    if (written.leader > first_leader_) findings_.check("P36");
    if (written.leader < newest_leader_) {
      findings_.violate("P36", what + " for leader " + std::to_string(written.leader) +
                                   ", though leader " + std::to_string(newest_leader_) +
                                   " had written");
    }
    newest_leader_ = std::max(newest_leader_, written.leader);
  }

  void see(const auto&) {}

  using Place = std::pair<std::string, std::int64_t>;  // virtual channel, term

  Findings findings_;
  std::map<std::int64_t, std::int64_t> ids_;  // first, end
  std::map<std::int64_t, Place> segments_;
  std::map<std::int64_t, std::string> collections_;
  std::map<std::string, std::int64_t> incarnations_;
  std::map<std::string, std::uint64_t> objects_;
  std::int64_t first_leader_ = 0;
  std::int64_t newest_leader_ = 0;
};

}  // namespace

std::vector<PropertyResult> check_metadata(std::span<const Observed> observations) {
  return MetadataChecker().run(observations);
}

}  // namespace eyrie::scenarios
