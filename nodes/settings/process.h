// What a person may choose about a process, of a cluster or a standalone: how it is watched.
#pragma once

#include <array>

#include "runtime/release.h"
#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr TextSetting kNodeHttp({
    .name = "node.http",
    .initial = "127.0.0.1:9091",
    .sentence = "Where /livez, /readyz and /metrics are served: host:port; empty: nowhere.",
});
inline constexpr DurationSetting kStopNotice({
    .name = "node.stop_notice",
    .initial = 0s,
    .low = 0s,
    .high = 10min,
    .sentence = "How long a process that is asked to stop serves on while /readyz says that it "
                "will, so that load balancers turn away from it first.",
});
inline constexpr ChoiceSetting kLogFormat({
    .name = "log.format",
    .initial = "text",
    .choices = {"text", "json"},
    .sentence = "How events are written to standard error: a line of words, or of one JSON object.",
});

inline constexpr IntegerSetting kNodeRelease({
    .name = "node.release",
    .unit = "",
    .initial = number_of(kThisRelease),
    .low = number_of(kOldestRelease),
    .high = number_of(kThisRelease),
    .sentence =
        "The release that a node acts as: its build's, or the one before, whose protocol and "
        "formats it then keeps to, and as which it finalizes nothing.",
});

inline constexpr std::array kProcess = {declared(kNodeHttp), declared(kStopNotice),
                                        declared(kLogFormat), declared(kNodeRelease)};

}  // namespace eyrie::settings
