#include "nodes/coordinator/channels.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

namespace {

constexpr char kStreaming[] = "streaming";

}  // namespace

ChannelManager::ChannelManager(Environment& environment, LeaderCatalog& catalog,
                               NodeDirectory& directory, Commander& commander,
                               const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      directory_(directory),
      commander_(commander),
      options_(options),
      next_move_(environment.clock.monotonic() + options.move_interval) {}

Task<void> ChannelManager::run() {
  TaskGroup group(co_await this_scope());
  for (const std::string& channel : options_.channels) group.spawn(tend(channel));
  group.spawn(watch_directory());
  co_await group.join();
}

Task<void> ChannelManager::watch_directory() {
  while ((co_await directory_.changed().wait()).ok()) changed_.notify_all();
}

Task<void> ChannelManager::tend(std::string channel) {
  AssignmentPace pace(options_.retry_interval, options_.assign_pause_max, options_.assign_pause_max,
                      environment_.random.stream("assign").stream(channel));
  while (true) {
    const Duration pause = co_await tend_once(channel, pace);
    const Status waited =
        co_await wait_until(environment_.clock, environment_.clock.monotonic() + pause, changed_);
    if (waited.code() == Code::cancelled) co_return;
  }
}

Task<Duration> ChannelManager::tend_once(const std::string& channel, AssignmentPace& pace) {
  const Stored<catalog::ChannelRecord>* stored = catalog_.state().find_channel(channel);
  const std::int64_t term = stored != nullptr ? stored->record.term() : 0;
  const NodeId owner(stored != nullptr ? stored->record.node_id() : 0);
  const NodeInfo* node = owner.valid() ? directory_.find(kStreaming, owner) : nullptr;
  const bool alive =
      node != nullptr && node->incarnation == IncarnationId(stored->record.incarnation());
  const bool failed = failed_terms_.contains(channel) && failed_terms_[channel] >= term;
  if (!alive || failed) {
    const MonotonicTime now = environment_.clock.monotonic();
    if (now < pace.not_before()) co_return pace.not_before() - now;
    const std::optional<NodeId> next = choose_owner(counts(), failed ? owner : NodeId());
    if (!next) co_return options_.retry_interval;
    (void)co_await assign(channel, *next, pace);  // the next round looks at what came of it
    co_return Duration(0);
  }
  if (const auto move = choose_move(counts(), owner); move && may_move(channel)) {
    emit(environment_.tracer, kChannelMoved, channel, owner, *move);
    // As above; if it failed, whom to ask is looked up anew, for the owner may be gone meanwhile.
    (void)co_await assign(channel, *move, pace);
    co_return Duration(0);
  }
  internal::AssignChannelRequest request;
  request.set_channel(channel);
  request.set_term(term);
  const NodeInfo target = *node;
  const auto state = co_await commander_.send<internal::ChannelStateResponse>(
      target, "streaming.AssignChannel", std::move(request), options_.command_timeout);
  if (!state) co_return options_.retry_interval;
  if (state->state() == internal::CHANNEL_FAILED) {
    report_failed(channel, term, state->reason());
    co_return Duration(0);
  }
  if (state->state() != internal::CHANNEL_SERVING) {
    if (!state->reason().empty()) troubles_[channel] = state->reason();
    co_return options_.retry_interval;
  }
  pace.serving(environment_.clock.monotonic());
  ServingOwner& serving = serving_[channel];
  if (serving.term != term) {
    serving = {term, target};
    troubles_.erase(channel);
    emit(environment_.tracer, kChannelServing, channel, term);
    changed_.notify_all();
  }
  co_return options_.tend_interval;
}

bool ChannelManager::may_move(const std::string& channel) {
  const MonotonicTime now = environment_.clock.monotonic();
  if (find_serving(channel) == nullptr || now < next_move_) return false;
  next_move_ = now + options_.move_interval;
  return true;
}

Task<Status> ChannelManager::assign(const std::string& channel, NodeId node, AssignmentPace& pace) {
  const Status status = co_await commit_owner(channel, node);
  pace.assigned(environment_.clock.monotonic());
  if (status.ok()) {
    changed_.notify_all();
  } else {
    troubles_[channel] = status.to_string();
  }
  co_return status;
}

Task<Status> ChannelManager::commit_owner(const std::string& channel, NodeId node) {
  const NodeInfo* found = directory_.find(kStreaming, node);
  if (found == nullptr) co_return Status(Code::unavailable, "the node is gone");
  catalog::ChannelRecord record;
  record.set_name(channel);
  record.set_node_id(node.value);
  record.set_incarnation(found->incarnation.value);
  serving_.erase(channel);
  assigning_[channel] = node;
  const std::string key = catalog::channel_key(channel);
  const Status status = co_await catalog_.commit([&](const CatalogState& state) -> Result<Change> {
    const Stored<catalog::ChannelRecord>* stored = state.find_channel(channel);
    record.set_term(stored != nullptr ? stored->record.term() + 1 : 1);
    Change change;
    change.compares.push_back(
        storage::mod_revision_is(key, stored != nullptr ? stored->mod_revision : 0));
    change.operations.push_back(storage::put_key(key, catalog::encode_record(record)));
    return change;
  });
  assigning_.erase(channel);
  if (status.ok()) {
    emit(environment_.tracer, kChannelAssigned, channel, record.term(), node);
  }
  co_return status;
}

ChannelCounts ChannelManager::counts() const {
  ChannelCounts counts;
  for (const NodeInfo& node : directory_.nodes(kStreaming)) counts[node.node] = 0;
  const auto count = [&counts](NodeId node) {
    const auto found = counts.find(node);
    if (found != counts.end()) ++found->second;
  };
  for (const auto& [name, stored] : catalog_.state().channels) {
    if (!assigning_.contains(name)) count(NodeId(stored.record.node_id()));
  }
  for (const auto& [name, node] : assigning_) count(node);
  return counts;
}

const ServingOwner* ChannelManager::find_serving(const std::string& channel) const {
  const auto found = serving_.find(channel);
  return found != serving_.end() ? &found->second : nullptr;
}

internal::GetRoutesResponse ChannelManager::routes() const {
  internal::GetRoutesResponse response;
  for (const auto& [channel, owner] : serving_) {
    internal::Route* route = response.add_routes();
    route->set_channel(channel);
    route->set_term(owner.term);
    route->set_node_id(owner.node.node.value);
    route->set_incarnation(owner.node.incarnation.value);
    route->set_address(to_string(owner.node.address));
  }
  for (const auto& [channel, reason] : troubles_) {
    if (serving_.contains(channel)) continue;
    internal::ChannelTrouble* trouble = response.add_troubles();
    trouble->set_channel(channel);
    trouble->set_reason(reason);
  }
  return response;
}

void ChannelManager::report_failed(const std::string& channel, std::int64_t term,
                                   const std::string& reason) {
  std::int64_t& newest = failed_terms_[channel];
  if (term <= newest) return;
  newest = term;
  troubles_[channel] = reason;
  emit(environment_.tracer, kChannelFailed, channel, term, reason);
  const auto found = serving_.find(channel);
  if (found != serving_.end() && found->second.term <= term) serving_.erase(found);
  changed_.notify_all();
}

}  // namespace eyrie::coordinator
