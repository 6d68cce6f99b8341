#include "nodes/coordinator/data_errands.h"

#include <algorithm>

namespace eyrie::coordinator {

bool DataErrands::has_place(const Running& running, Errand errand) const {
  // With one place alone they would wait for each other.
  const std::size_t places = std::max<std::size_t>(options_.builds_per_node_max, 2);
  if (running.builds + running.compactions >= places) return false;
  if (errand == Errand::compaction) return running.compactions == 0;
  const bool kept = compaction_waits_ && running.compactions == 0;
  return running.builds < options_.builds_per_node_max && running.builds + (kept ? 1 : 0) < places;
}

std::optional<NodeInfo> DataErrands::find_place(Errand errand) const {
  std::optional<NodeInfo> best;
  std::size_t fewest = 0;
  for (const NodeInfo& node : directory_.nodes("data")) {
    const auto found = running_.find(node.node);
    const Running running = found != running_.end() ? found->second : Running();
    const std::size_t errands = running.builds + running.compactions;
    if (!has_place(running, errand) || (best && errands >= fewest)) continue;
    fewest = errands;
    best = node;
  }
  return best;
}

void DataErrands::begin(NodeId node, Errand errand) {
  Running& running = running_[node];
  ++(errand == Errand::build ? running.builds : running.compactions);
}

void DataErrands::end(NodeId node, Errand errand) {
  Running& running = running_[node];
  --(errand == Errand::build ? running.builds : running.compactions);
  if (running.builds + running.compactions == 0) running_.erase(node);
  ended_.notify_all();
}

Task<Status> DataErrands::wait_until_silent(std::int64_t id, NodeInfo node) {
  MonotonicTime heard = environment_.clock.monotonic();
  while (environment_.clock.monotonic() - heard < options_.build_silence_max) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(options_.build_ask_interval));
    internal::GetBuildStateRequest request;
    request.set_build_id(id);
    const auto state = co_await commander_.send<internal::GetBuildStateResponse>(
        node, "data.GetBuildState", std::move(request), options_.command_timeout);
    if (!state && state.error().code() == Code::fenced) co_return state.error();
    if (state && state->running()) heard = environment_.clock.monotonic();
  }
  co_return Status(Code::unavailable,
                   "node " + to_string(node.node) + " is not at errand " + std::to_string(id));
}

}  // namespace eyrie::coordinator
