#include "nodes/coordinator/channel_plan.h"

namespace eyrie::coordinator {

std::optional<NodeId> choose_owner(const ChannelCounts& counts, NodeId avoid) {
  std::optional<NodeId> best;
  int best_count = 0;
  for (const auto& [node, count] : counts) {
    if (node == avoid && counts.size() > 1) continue;
    if (!best || count < best_count) {
      best = node;
      best_count = count;
    }
  }
  return best;
}

std::optional<NodeId> choose_move(const ChannelCounts& counts, NodeId owner) {
  const auto mine = counts.find(owner);
  const std::optional<NodeId> least = choose_owner(counts, owner);
  if (mine == counts.end() || !least || *least == owner) return std::nullopt;
  return mine->second - counts.at(*least) >= 2 ? least : std::nullopt;
}

}  // namespace eyrie::coordinator
