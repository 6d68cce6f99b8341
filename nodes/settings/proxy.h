// What a person may choose about the proxy.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr DurationSetting kRequestTimeout({
    .name = "proxy.request_timeout",
    .initial = 10s,
    .low = 10ms,
    .high = 1h,
    .sentence = "How long a request may take whose caller names no deadline.",
});
inline constexpr DurationSetting kDrainTime({
    .name = "proxy.drain_time",
    .initial = 10s,
    .low = 0s,
    .high = 10min,
    .sentence = "How long a proxy that is asked to stop waits for the requests that run.",
});
inline constexpr DurationSetting kBoundedStaleness({
    .name = "proxy.bounded_staleness",
    .initial = 5s,
    .low = 0s,
    .high = 1h,
    .sentence = "How far behind the newest writes a read at level Bounded may be.",
});
inline constexpr IntegerSetting kLimitMax({
    .name = "proxy.limit_max",
    .unit = "rows",
    .initial = 16'384,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most rows that one vector's search may ask for, and the most vectors of one.",
});
inline constexpr IntegerSetting kKeysMax({
    .name = "proxy.keys_max",
    .unit = "keys",
    .initial = 16'384,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most keys of one query or delete.",
});
inline constexpr IntegerSetting kRowsMax({
    .name = "proxy.rows_max",
    .unit = "rows",
    .initial = 65'536,
    .low = 1,
    .high = 1'000'000,
    .sentence = "The most rows of one insert or upsert.",
});

inline constexpr std::array kProxy = {declared(kRequestTimeout),   declared(kDrainTime),
                                      declared(kBoundedStaleness), declared(kLimitMax),
                                      declared(kKeysMax),          declared(kRowsMax)};

}  // namespace eyrie::settings
