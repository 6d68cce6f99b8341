// P26, as clients see it: nothing is written to a collection that is certainly not there.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

constexpr std::array<std::string_view, 1> kIds = {"P26"};

// Of one collection's name, by one client: each call begins after the one before it has returned.
// A call of unknown outcome leaves open what is there, until a create or drop that succeeded.
enum class Presence : std::uint8_t { absent, present, unknown };

Presence after(const Operation& operation, Presence before) {
  if (operation.outcome == Outcome::info) return Presence::unknown;
  if (operation.outcome == Outcome::fail) return before;
  return operation.kind == OpKind::create ? Presence::present : Presence::absent;
}

}  // namespace

std::vector<PropertyResult> check_definitions(const History& history) {
  Findings findings(kIds);
  std::map<std::uint32_t, Presence> collections;
  std::map<std::uint32_t, bool> doubtful;  // a call of unknown outcome may still take effect
  for (const Operation& operation : history.operations) {
    if (operation.collection == 0) continue;
    Presence& presence =
        collections.try_emplace(operation.collection, Presence::absent).first->second;
    if (operation.kind == OpKind::create || operation.kind == OpKind::drop) {
      presence = after(operation, presence);
      doubtful[operation.collection] |= operation.outcome == Outcome::info;
      continue;
    }
    if (presence != Presence::absent || doubtful[operation.collection]) continue;
    findings.check("P26");
    for (const WrittenRow& row : operation.written) {
      if (row.outcome != Outcome::ok) continue;
      findings.violate("P26", describe(operation) + " wrote to side collection " +
                                  std::to_string(operation.collection) +
                                  ", which had been dropped");
    }
  }
  return findings.take();
}

}  // namespace eyrie::scenarios
