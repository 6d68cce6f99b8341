// What a person may choose about the query node.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr IntegerSetting kSegmentsMax({
    .name = "query.segments_max",
    .unit = "segments",
    .initial = 4'096,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most segments that a query node holds.",
});
inline constexpr IntegerSetting kLoadsMax({
    .name = "query.loads_max",
    .unit = "segments",
    .initial = 8,
    .low = 1,
    .high = 1'024,
    .sentence = "The most segments that a query node loads at once.",
    .swarm = swarm_numbers({1, 2, 8}),
});

inline constexpr std::array kQuery = {declared(kSegmentsMax), declared(kLoadsMax)};

}  // namespace eyrie::settings
