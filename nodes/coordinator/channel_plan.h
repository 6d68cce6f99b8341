// Which streaming node should own a channel: a pure decision.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/coordinator/node_directory.h"

namespace eyrie::coordinator {

// How many channels each live node owns, by node id; nodes without any are in it with 0.
using ChannelCounts = std::map<NodeId, int>;

// The live node with the fewest channels, the lowest id among equals; `avoid` only if it is alone.
std::optional<NodeId> choose_owner(const ChannelCounts& counts, NodeId avoid);
// The node to which a channel of `owner` should move to even things out: it has at least two fewer.
std::optional<NodeId> choose_move(const ChannelCounts& counts, NodeId owner);

}  // namespace eyrie::coordinator
