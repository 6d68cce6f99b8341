#include "scenarios/properties/property.h"

#include <algorithm>
#include <array>

#include "runtime/check.h"

namespace eyrie::scenarios {

namespace {

// One broken rule may show thousands of times; the first ones say enough.
constexpr std::size_t kViolationsKept = 100;

constexpr std::array kProperties = {
    Property{"P1", "no lost write",
             "a strong read asked for a row whose write had been acknowledged", false},
    Property{"P2", "no phantom and no damaged row", "a row was returned", false},
    Property{"P3", "no duplicates", "an answer had two rows or more", false},
    Property{"P4", "a delete never resurfaces",
             "a read covered a key whose delete had been acknowledged", false},
    Property{"P5", "the last write wins", "a read returned a key that was written more than once",
             false},
    Property{"P6", "an upsert is atomic",
             "a query asked for a key that an upsert was replacing or had replaced", false},
    Property{"P7", "strong reads are real-time",
             "a write was acknowledged before a strong read began", false},
    Property{"P8", "bounded staleness", "a bounded read began after timestamps had been handed out",
             false},
    Property{"P9", "sessions see what they wrote and never go back",
             "a session read began after the same client's write or read had been answered", false},
    Property{"P10", "a read shows one snapshot",
             "an answer that names its read timestamps covered keys that were written", false},
    Property{"P11", "count(*) is exact", "a count was answered", false},
    Property{"P12", "a search is sorted, scored right and finds what is near",
             "a search returned rows with scores", false},
    Property{"P12a", "a search that keeps all candidates is exact",
             "a search without an index, or with as many candidates as rows, named its read "
             "timestamps",
             false},
    Property{"P12d", "queries of one time agree with each other",
             "two queries or counts were answered for exactly the same time", false},
    Property{"P12e", "searches of one time agree with each other",
             "two searches for one vector read every shard at the same time", false},
    Property{"P20", "ids are unique", "two ids were handed out", false},
    Property{"P21", "timestamps rise",
             "a write was acknowledged before another operation that got a timestamp began", false},
    Property{"P22", "the log keeps what it acknowledged",
             "a record was acknowledged or read from the log", false},
    Property{"P23", "a fenced writer writes no more",
             "a channel was opened in a higher term than its records have", true},
    Property{"P24", "a tick closes the past", "a record became durable after a tick", false},
    Property{"P26", "definitions are ordered with the data",
             "a collection that had data was dropped, or a call came after its drop", true},
    Property{"P27", "each row is in one segment",
             "rows were at or below a checkpoint, when segments were compacted or at the end",
             true},
    Property{"P28", "a compaction changes no answer",
             "a compaction replaced segments, or deletes were handed out to some", true},
    Property{"P30", "checkpoints pass nothing that is not durable",
             "a checkpoint was saved above a row or a delete", true},
    Property{"P31", "what the meta store committed is there when it opens again",
             "a meta store was opened again that had committed before", true, true},
    Property{"P32", "what is named, read or on its way is not removed",
             "an object of a segment, of deletes or of an index was removed", true},
    Property{"P33", "what the catalog names is there", "a record that names objects was saved",
             false},
    Property{"P34", "what nothing needs is removed",
             "a coordinator sought garbage to the end, and there was some", true},
    Property{"P36", "one coordinator writes at a time",
             "a coordinator wrote to the catalog after another one had led", true},
    Property{"P39", "a healed cluster serves again",
             "a core or all of it was healed, and each proxy that was left was asked", false},
    Property{"P40", "what is over ends",
             "a healed cluster had plans' attempts, or objects kept for who might read them", true},
    Property{"P45", "nothing is stored in a newer format than the cluster's",
             "a file or record was stored that says its version", false},
    Property{"P46", "no node is of an older release than the cluster's format",
             "a node was registered when the format was raised, or later", true},
    Property{"P47", "what a newer release says in a record stays in it",
             "a segment's record was saved again that had checksums of its files", true},
};

}  // namespace

std::span<const Property> all_properties() {
  return kProperties;
}

const Property* find_property(std::string_view id) {
  const auto found = std::ranges::find(kProperties, id, &Property::id);
  return found != kProperties.end() ? &*found : nullptr;
}

Findings::Findings(std::span<const std::string_view> ids) {
  for (const std::string_view id : ids) {
    const Property* property = find_property(id);
    EYRIE_CHECK(property != nullptr, "a checker names a property that does not exist");
    results_.push_back({std::string(id), std::string(property->premise), 0, {}});
  }
}

Findings::Findings(std::span<const Property> own) {
  for (const Property& property : own) {
    results_.push_back({std::string(property.id), std::string(property.premise), 0, {}});
  }
}

void Findings::check(std::string_view id, std::uint64_t times) {
  result(id).checked += times;
}

void Findings::violate(std::string_view id, std::string sentence) {
  std::vector<Violation>& violations = result(id).violations;
  if (violations.size() < kViolationsKept) {
    violations.push_back({std::string(id), std::move(sentence)});
  }
}

PropertyResult& Findings::result(std::string_view id) {
  const auto found = std::ranges::find(results_, id, &PropertyResult::id);
  EYRIE_CHECK(found != results_.end(), "a checker found something about another's property");
  return *found;
}

}  // namespace eyrie::scenarios
