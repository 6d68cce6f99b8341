// What a person may say about a process of a cluster: where it is reached, and what it belongs to.
#pragma once

#include <array>

#include "runtime/settings.h"

namespace eyrie::settings {

inline constexpr TextSetting kClusterName({
    .name = "cluster.name",
    .initial = "eyrie",
    .sentence = "The cluster that a node belongs to; nodes and clients of others are refused.",
});
inline constexpr TextSetting kNodeListen({
    .name = "node.listen",
    .initial = "127.0.0.1:19531",
    .sentence = "Where a node listens: host:port; --listen wins.",
});
inline constexpr TextSetting kNodeAdvertise({
    .name = "node.advertise",
    .sentence = "Where the others reach the node, if not at node.listen: host:port, its own alone.",
});

inline constexpr std::array kNode = {declared(kClusterName), declared(kNodeListen),
                                     declared(kNodeAdvertise)};

}  // namespace eyrie::settings
