// Checkers: from what clients saw and what was observed inside to what became of each property.
//
// check_history() needs client lines alone, so it judges the history of a real cluster just as well
// (P1 to P12e, P21, P26). check_observations() judges what only the simulator sees (P20 to P36).
// A checker is a file; each goes over what it is given once.
#pragma once

#include <span>
#include <vector>

#include "scenarios/properties/index.h"
#include "scenarios/properties/observations.h"
#include "scenarios/properties/property.h"

namespace eyrie::scenarios {

std::vector<PropertyResult> check_history(const History& history, const Words& words);
std::vector<PropertyResult> check_observations(std::span<const Observed> observations);
// Both, and P39 and P40, which whoever ran it knows: one result a property, as all_properties()
// lists them.
std::vector<PropertyResult> merge(std::vector<PropertyResult> some,
                                  std::vector<PropertyResult> others);

// The families, each with its own properties.
std::vector<PropertyResult> check_rows(const HistoryIndex& index);       // P1 to P6
std::vector<PropertyResult> check_times(const HistoryIndex& index);      // P7, P8, P9, P21
std::vector<PropertyResult> check_snapshots(const HistoryIndex& index);  // P10, P11, P12d
std::vector<PropertyResult> check_searches(const HistoryIndex& index);   // P12, P12a
std::vector<PropertyResult> check_repeats(const HistoryIndex& index);    // P12e
std::vector<PropertyResult> check_definitions(const History& history, const Words& words);  // P26
// P22, P23, P24, P26, P30
std::vector<PropertyResult> check_log(std::span<const Observed> observations);
// P27, P28
std::vector<PropertyResult> check_segments(std::span<const Observed> observations);
// P20, P31, P36
std::vector<PropertyResult> check_metadata(std::span<const Observed> observations);
// P32, P33, P34
std::vector<PropertyResult> check_formats(std::span<const Observed> observations);
std::vector<PropertyResult> check_objects(std::span<const Observed> observations);

}  // namespace eyrie::scenarios
