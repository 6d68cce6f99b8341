#include "scenarios/properties/checkers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace eyrie::scenarios {

std::vector<PropertyResult> merge(std::vector<PropertyResult> some,
                                  std::vector<PropertyResult> others) {
  for (PropertyResult& other : others) {
    const auto known = std::ranges::find(some, other.id, &PropertyResult::id);
    if (known == some.end()) {
      some.push_back(std::move(other));
      continue;
    }
    known->checked += other.checked;
    std::ranges::move(other.violations, std::back_inserter(known->violations));
  }
  std::ranges::sort(some, {}, [](const PropertyResult& result) {
    return find_property(result.id) - all_properties().data();
  });
  return some;
}

std::vector<PropertyResult> check_history(const History& history, const Words& words) {
  const HistoryIndex index(history, words);
  std::vector<PropertyResult> results = check_rows(index);
  results = merge(std::move(results), check_times(index));
  results = merge(std::move(results), check_snapshots(index));
  results = merge(std::move(results), check_searches(index));
  results = merge(std::move(results), check_repeats(index));
  return merge(std::move(results), check_definitions(history, words));
}

std::vector<PropertyResult> check_observations(std::span<const Observed> observations) {
  std::vector<PropertyResult> results =
      merge(check_log(observations), check_metadata(observations));
  results = merge(std::move(results), check_segments(observations));
  results = merge(std::move(results), check_formats(observations));
  return merge(std::move(results), check_objects(observations));
}

}  // namespace eyrie::scenarios
