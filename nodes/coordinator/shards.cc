#include "nodes/coordinator/shards.h"

#include <utility>

#include "nodes/coordinator/collections.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

const NodeInfo* choose_holder(const std::vector<NodeInfo>& nodes, std::int64_t segment_id) {
  const NodeInfo* best = nullptr;
  std::uint64_t best_weight = 0;
  for (const NodeInfo& node : nodes) {
    const std::uint64_t weight = mix64(mix64(static_cast<std::uint64_t>(segment_id)) ^
                                       static_cast<std::uint64_t>(node.node.value));
    if (best == nullptr || weight > best_weight) {
      best = &node;
      best_weight = weight;
    }
  }
  return best;
}

ShardManager::ShardManager(Environment& environment, LeaderCatalog& catalog,
                           NodeDirectory& directory, ChannelManager& channels, Commander& commander,
                           const CoordinatorOptions& options)
    : environment_(environment),
      catalog_(catalog),
      directory_(directory),
      channels_(channels),
      commander_(commander),
      options_(options) {}

std::vector<ShardManager::Shard> ShardManager::shards() const {
  std::vector<Shard> found;
  for (const auto& [id, stored] : catalog_.state().collections) {
    if (stored.record.state() != catalog::COLLECTION_CREATED) continue;
    for (const catalog::VirtualChannel& channel : stored.record.virtual_channels()) {
      found.push_back({id, channel.name(), channel.channel()});
    }
  }
  return found;
}

Task<void> ShardManager::run() {
  TaskGroup group(co_await this_scope());
  while (true) {
    for (const Shard& shard : shards()) {
      if (tended_.insert(shard.virtual_channel).second) group.spawn(tend(shard));
    }
    if (!(co_await catalog_.changed().wait()).ok()) break;
  }
  co_await group.join();
}

Task<void> ShardManager::tend(Shard shard) {
  while (catalog_.state().find_created(shard.collection_id) != nullptr) {
    // What failed is met again in the next round.
    if (has_news_for(shard)) (void)co_await sync(shard);
    // Each change of the catalog (a flush, an index, a load) is news for a shard; so is a new
    // owner.
    const Status waited = co_await wait_until(
        environment_.clock, environment_.clock.monotonic() + options_.tend_interval,
        catalog_.changed());
    if (waited.code() == Code::cancelled) break;
    if (!(co_await environment_.clock.sleep_for(options_.retry_interval)).ok()) break;
  }
  known_.erase(shard.virtual_channel);
  tended_.erase(shard.virtual_channel);
}

bool ShardManager::has_news_for(const Shard& shard) const {
  const ServingOwner* owner = channels_.find_serving(shard.channel);
  if (owner == nullptr) return false;
  const auto known = known_.find(shard.virtual_channel);
  const bool released =
      known != known_.end() && known->second.term == owner->term && known->second.released;
  // One that was released may have loads that go on.
  return !released || known->second.state.loads_since() != 0 ||
         catalog_.state().loads.contains(shard.collection_id);
}

Task<Status> ShardManager::sync(Shard shard) {
  const ServingOwner* found = channels_.find_serving(shard.channel);
  if (found == nullptr) co_return Status(Code::unavailable, "the channel has no owner");
  const ServingOwner owner = *found;
  internal::SyncTargetRequest request;
  request.set_channel(shard.channel);
  request.set_term(owner.term);
  request.set_virtual_channel(shard.virtual_channel);
  const bool release = !catalog_.state().loads.contains(shard.collection_id);
  if (release) {
    request.set_release(true);
  } else {
    *request.mutable_target() = make_target(shard);
  }
  EYRIE_CO_TRY(
      internal::ShardStateResponse state,
      co_await commander_.send<internal::ShardStateResponse>(
          owner.node, "streaming.SyncTarget", std::move(request), options_.command_timeout));
  known_[shard.virtual_channel] = {shard.channel, owner.term, release, std::move(state)};
  co_return Status();
}

internal::Target ShardManager::make_target(const Shard& shard) const {
  const CatalogState& state = catalog_.state();
  internal::Target target;
  target.set_version(state.revision);
  *target.mutable_collection() = state.collections.at(shard.collection_id).record;
  const std::vector<NodeInfo> nodes = directory_.nodes("query");
  if (const auto held = state.segments.find(shard.virtual_channel); held != state.segments.end()) {
    for (const auto& [id, stored] : held->second) {
      internal::SegmentTarget* segment = target.add_segments();
      *segment->mutable_segment() = stored.record;
      const NodeInfo* holder = choose_holder(nodes, id);
      if (holder == nullptr) continue;  // no query node lives: the shard waits for one
      segment->set_node_id(holder->node.value);
      segment->set_incarnation(holder->incarnation.value);
      segment->set_address(to_string(holder->address));
    }
  }
  if (const auto held = state.deltas.find(shard.virtual_channel); held != state.deltas.end()) {
    for (const auto& [id, stored] : held->second) *target.add_deltas() = stored.record;
  }
  if (const auto* checkpoint = state.find_checkpoint(shard.channel); checkpoint != nullptr) {
    target.set_checkpoint_position(checkpoint->position());
  }
  target.set_horizon(state.horizon(shard.virtual_channel));
  return target;
}

bool ShardManager::loads_only_since(const std::string& virtual_channel,
                                    storage::Revision revision) const {
  const auto known = known_.find(virtual_channel);
  if (known == known_.end()) return false;
  const auto* owner = catalog_.state().find_channel(known->second.channel);
  if (owner == nullptr || owner->record.term() != known->second.term) return false;
  // What it is told from now on is of this state, or newer.
  const storage::Revision since = known->second.state.loads_since();
  return since == 0 || since >= revision;
}

bool ShardManager::readable(const Shard& shard) const {
  const ServingOwner* owner = channels_.find_serving(shard.channel);
  const auto known = known_.find(shard.virtual_channel);
  return owner != nullptr && known != known_.end() && known->second.term == owner->term &&
         !known->second.released && known->second.state.readable();
}

std::optional<ShardTimes> ShardManager::times(const catalog::VirtualChannel& shard) const {
  const ServingOwner* owner = channels_.find_serving(shard.channel());
  const auto known = known_.find(shard.name());
  if (owner == nullptr || known == known_.end()) return std::nullopt;
  const internal::ShardStateResponse& state = known->second.state;
  if (known->second.term != owner->term || known->second.released || state.service_time() == 0) {
    return std::nullopt;
  }
  return ShardTimes{state.service_time(), state.oldest_read()};
}

Result<internal::GetLoadStateResponse> ShardManager::load_state(std::int64_t collection_id) const {
  if (catalog_.state().find_created(collection_id) == nullptr) {
    return fail(collection_not_found(std::to_string(collection_id)));
  }
  internal::GetLoadStateResponse response;
  response.set_load_requested(catalog_.state().loads.contains(collection_id));
  for (const Shard& shard : shards()) {
    if (shard.collection_id != collection_id) continue;
    response.set_shards(response.shards() + 1);
    if (response.load_requested() && readable(shard)) {
      response.set_shards_readable(response.shards_readable() + 1);
    }
  }
  return response;
}

}  // namespace eyrie::coordinator
