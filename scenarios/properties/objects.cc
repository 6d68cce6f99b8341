// P32, P33 and P34: objects are removed when nothing can name them any more and nobody reads what
// named them, and then they are (S6). Judged are the objects of storage/format/paths.h.
//
// Nobody is who read for an owner that has a successor, or for a collection that was dropped.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string>

#include "scenarios/properties/checkers.h"
#include "storage/format/paths.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 3> kIds = {"P32", "P33", "P34"};

class ObjectChecker {
 public:
  ObjectChecker() : findings_(kIds) {}

  std::vector<PropertyResult> run(std::span<const Observed> observations) {
    for (const Observed& observed : observations) {
      if (blind_) break;
      std::visit([this](const auto& what) { see(what); }, observed.what);
    }
    return findings_.take();
  }

 private:
  void see(const MetaStoreOpened& opened) { blind_ |= opened.unseen; }

  void see(const ChannelAssigned& assigned) { terms_[assigned.channel] = assigned.term; }
  void see(const CollectionSaved& saved) {
    if (saved.dropping) dropping_.insert(saved.collection);
  }
  void see(const SegmentSaved& saved) { shards_[saved.segment] = saved.virtual_channel; }

  void see(const ObjectMissed& missed) {
    const auto known = shards_.find(missed.segment);
    const std::string shard = !missed.virtual_channel.empty() || known == shards_.end()
                                  ? missed.virtual_channel
                                  : known->second;
    // CHANNEL_COLLECTIONvSHARD
    const std::size_t end = shard.rfind('_');
    if (end == std::string::npos) return;
    std::int64_t collection = 0;
    std::from_chars(shard.data() + end + 1, shard.data() + shard.size(), collection);
    const auto owner = terms_.find(shard.substr(0, end));
    const bool fenced = missed.term != 0 && owner != terms_.end() && missed.term < owner->second;
    if (fenced || dropping_.contains(collection)) return;
    findings_.violate("P32",
                      missed.reader +
                          (missed.segment != 0 ? " of segment " + std::to_string(missed.segment)
                                               : std::string()) +
                          " of " + shard + " did not find an object that the catalog had " +
                          "named for it");
  }

  void see(const AttemptChanged& changed) {
    if (changed.registered) {
      attempts_.insert(changed.attempt);
    } else {
      attempts_.erase(changed.attempt);
    }
  }

  void see(const ObjectWritten& object) {
    if (storage::attempt_of(object.name)) there_.insert(object.name);
  }

  void see(const ObjectsNamed& named) {
    std::vector<std::string>& objects = records_[named.key];
    for (const std::string& object : objects) names_.erase(names_.find({object, named.key}));
    objects = named.objects;
    for (const std::string& object : objects) names_.emplace(object, named.key);
    if (objects.empty()) {
      records_.erase(named.key);
      return;
    }
    findings_.check("P33");
    for (const std::string& object : objects) {
      if (there_.contains(object)) continue;
      findings_.violate("P33", "'" + named.key + "' was saved and names object '" + object +
                                   "', which was not there");
    }
  }

  void see(const ObjectRemoved& object) {
    const auto attempt = storage::attempt_of(object.name);
    if (!attempt) return;
    findings_.check("P32");
    const std::string what = "object '" + object.name + "' was removed, though ";
    if (const std::string* record = name_of(object.name); record != nullptr) {
      findings_.violate("P32", what + "'" + *record + "' names it");
    } else if (attempts_.contains(attempt->value)) {
      findings_.violate("P32", what + "attempt " + to_string(*attempt) + " may yet name it");
    }
    there_.erase(object.name);
    for (auto& [machine, garbage] : sought_) garbage.erase(object.name);
  }

  void see(const GarbageSought& sought) {
    std::set<std::string>& garbage = sought_[sought.machine];
    if (!sought.ended) {
      garbage.clear();
      std::ranges::copy_if(there_, std::inserter(garbage, garbage.end()),
                           [this](const std::string& object) { return is_garbage(object); });
      seen_[sought.machine] = garbage.size();
      return;
    }
    if (seen_[sought.machine] > 0) findings_.check("P34");
    for (const std::string& object : garbage) {
      findings_.violate("P34", "the coordinator on " + sought.machine +
                                   " removed what is garbage, " + "and left object '" + object +
                                   "', which had been when it began");
    }
  }

  void see(const auto&) {}

  // A record that has it; null: none.
  const std::string* name_of(const std::string& object) const {
    const auto found = names_.lower_bound({object, ""});
    return found != names_.end() && found->first == object ? &found->second : nullptr;
  }
  bool is_garbage(const std::string& object) const {
    const auto attempt = storage::attempt_of(object);
    return attempt && !attempts_.contains(attempt->value) && name_of(object) == nullptr;
  }

  Findings findings_;
  bool blind_ = false;                          // a change may have been missed
  std::map<std::string, std::int64_t> terms_;   // of owners, by channel
  std::set<std::int64_t> dropping_;             // collections
  std::map<std::int64_t, std::string> shards_;  // virtual channels, by segment
  std::set<std::int64_t> attempts_;
  std::set<std::string> there_;
  std::map<std::string, std::vector<std::string>> records_;   // objects, by key
  std::multiset<std::pair<std::string, std::string>> names_;  // object and key
  std::map<std::string, std::set<std::string>> sought_;       // by machine
  std::map<std::string, std::size_t> seen_;                   // what there was when it began
};

}  // namespace

std::vector<PropertyResult> check_objects(std::span<const Observed> observations) {
  return ObjectChecker().run(observations);
}

}  // namespace eyrie::scenarios
