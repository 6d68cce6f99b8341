// What a person may choose about how nodes know of each other.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr DurationSetting kLease({
    .name = "membership.lease",
    .initial = 10s,
    .low = 2s,
    .high = 10min,
    .sentence = "How long a node that nobody hears of counts as alive, and a leader as leading.",
    .swarm = swarm_between(3s, 8s),
});

inline constexpr std::array kMembership = {declared(kLease)};

}  // namespace eyrie::settings
