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
inline constexpr IntegerSetting kDeletesInPlaceMax({
    .name = "query.deletes_in_place_max",
    .unit = "lookups",
    .initial = 5'000,
    .low = 0,
    .high = 1'000'000,
    .sentence = "The most keys, counted once for each segment, whose rows a request of deletes has "
                "looked for at once; more are looked for on another core, behind searches.",
    .swarm = swarm_numbers({0, 5'000}),
});

inline constexpr std::array kQuery = {declared(kSegmentsMax), declared(kLoadsMax),
                                      declared(kDeletesInPlaceMax)};

}  // namespace eyrie::settings
