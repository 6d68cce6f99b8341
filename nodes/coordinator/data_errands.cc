#include "nodes/coordinator/data_errands.h"

namespace eyrie::coordinator {

std::optional<NodeInfo> DataErrands::least_busy(std::size_t at_most) const {
  std::optional<NodeInfo> best;
  std::size_t best_errands = at_most;
  for (const NodeInfo& node : directory_.nodes("data")) {
    const auto found = running_.find(node.node);
    const std::size_t errands = found != running_.end() ? found->second : 0;
    if (errands >= best_errands) continue;
    best_errands = errands;
    best = node;
  }
  return best;
}

void DataErrands::end(NodeId node) {
  if (--running_[node] == 0) running_.erase(node);
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
