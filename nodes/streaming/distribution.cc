#include "nodes/streaming/distribution.h"

#include <algorithm>
#include <utility>

#include "runtime/plant.h"

namespace eyrie::streaming {

namespace {

// (9)
bool was_compacted(const ShardTarget& target, SegmentId segment, WalPosition last) {
  return !target.segments.contains(segment) && last <= target.checkpoint;
}

bool names(const std::map<SegmentId, Worker>& segments, const CopyId& id) {
  const auto found = segments.find(id.segment);
  return found != segments.end() && found->second == id.worker;
}

}  // namespace

Result<DistributionActions> Distribution::set_target(ShardTarget target,
                                                     const DeleteBuffer& deletes) {
  if (target.version < newest_target_) {
    return fail(Code::conflict, "target " + std::to_string(target.version) + " is older than " +
                                    std::to_string(newest_target_));
  }
  for (const auto& [segment, last] : forgotten_) {
    if (target.segments.contains(segment) || was_compacted(target, segment, last)) continue;
    return fail(Code::conflict, "the target lacks flushed segment " + to_string(segment));
  }
  if (target.checkpoint < forgotten_through_) {
    return fail(Code::conflict, "the target's checkpoint is older than flushed segments");
  }
  DistributionActions actions;
  for (const auto& [segment, worker] : target.segments) {
    const auto copy = copies_.find({segment, worker});
    const bool held = copy != copies_.end() && copy->second.state != State::offline;
    if (worker.node == 0 || held) continue;
    actions.load.push_back({{segment, worker}, ++loads_});
  }
  if (!actions.load.empty() && target.checkpoint < deletes.trimmed_through()) {
    return fail(Code::conflict, "the target's checkpoint is older than the buffered deletes");
  }
  for (const auto& [id, load] : actions.load) {
    const auto index = target.indexes.find(id.segment);
    copies_[id] = {State::loading, target.checkpoint, load,
                   index != target.indexes.end() ? index->second : 0};
  }
  newest_target_ = target.version;
  target_ = std::move(target);
  forgotten_.clear();
  forgotten_through_ = 0;
  return settle(std::move(actions));
}

DistributionActions Distribution::release() {
  // Segments that were handed off are in every later target, or what they became, for those only
  // rise (7).
  target_.reset();
  current_.reset();
  return settle();
}

DistributionActions Distribution::forget_growing(SegmentId segment) {
  if (auto given_up = growing_.extract(segment)) forgotten_.insert(std::move(given_up));
  if (forgotten_.size() > kForgottenMax) {
    const auto lowest =
        std::ranges::min_element(forgotten_, {}, [](const auto& entry) { return entry.second; });
    forgotten_through_ = std::max(forgotten_through_, lowest->second);
    forgotten_.erase(lowest);
  }
  return settle();
}

DistributionActions Distribution::on_load_ended(const LoadedCopy& ended,
                                                std::optional<std::int64_t> request,
                                                WalPosition checkpoint, Timestamp service_time,
                                                const DeleteBuffer& deletes) {
  const auto found = copies_.find(ended.id);
  if (found == copies_.end() || found->second.load != ended.load) return settle();
  if (found->second.state != State::loading) return settle();
  Copy& copy = found->second;
  copy.state = request ? State::catching_up : State::offline;
  copy.request = request.value_or(0);
  // (1): deletes above the checkpoint are queued for it.
  copy.cursor = EYRIE_PLANT(
      delete_not_forwarded_at_handoff, checkpoint,
      deletes.read(checkpoint, kPositionNone, deletes.memory_bytes(), deletes.memory_bytes()).end);
  promote(service_time, deletes);
  return settle();
}

bool Distribution::wants(const IndexToAttach& attach) const {
  if (!target_) return false;
  const CopyId& id = attach.copy.id;
  const auto holder = target_->segments.find(id.segment);
  const auto index = target_->indexes.find(id.segment);
  if (holder == target_->segments.end() || holder->second != id.worker) return false;
  if (index == target_->indexes.end() || index->second != attach.index) return false;
  const auto copy = copies_.find(id);
  return copy != copies_.end() && copy->second.state == State::online &&
         copy->second.load == attach.copy.load && copy->second.index != attach.index;
}

DistributionActions Distribution::on_attach_ended(const IndexToAttach& attach, bool attached) {
  const auto found = copies_.find(attach.copy.id);
  if (found != copies_.end() && found->second.load == attach.copy.load) {
    found->second.attaching = false;
    if (attached) found->second.index = attach.index;
  }
  return settle();
}

DistributionActions Distribution::on_acknowledged(const std::vector<LoadedCopy>& copies,
                                                  WalPosition through, Timestamp service_time,
                                                  const DeleteBuffer& deletes) {
  for (const auto& [id, load] : copies) {
    const auto copy = copies_.find(id);
    if (copy == copies_.end() || copy->second.load != load || !forwarded(copy->second)) continue;
    copy->second.cursor = std::max(copy->second.cursor, through);
  }
  promote(service_time, deletes);
  return settle();
}

DistributionActions Distribution::on_worker_lost(const Worker& worker) {
  for (auto& [id, copy] : copies_) {
    if (id.worker == worker && forwarded(copy)) copy.state = State::offline;
  }
  return settle();
}

const Version* Distribution::readable() const {
  if (!current_) return nullptr;
  const bool all_online = std::ranges::all_of(
      current_->sealed, [this](const auto& entry) { return online({entry.first, entry.second}); });
  return all_online ? &*current_ : nullptr;  // (3)
}

Version Distribution::pin() {
  EYRIE_CHECK(readable() != nullptr, "only a readable version is pinned");
  Pinned& pinned = pinned_[current_->number];
  if (pinned.pins++ == 0) pinned.version = *current_;
  return *current_;
}

DistributionActions Distribution::unpin(std::int64_t number) {
  const auto found = pinned_.find(number);
  EYRIE_CHECK(found != pinned_.end(), "unpinned more often than pinned");
  if (--found->second.pins == 0) pinned_.erase(found);
  return settle();
}

Timestamp Distribution::acknowledged_below(const DeleteBuffer& deletes) const {
  Timestamp below = kTimestampNever;
  for (const auto& [id, copy] : copies_) {
    if (copy.state == State::online) below = std::min(below, deletes.pending_from(copy.cursor));
  }
  return below;
}

WalPosition Distribution::oldest_cursor() const {
  WalPosition oldest = kPositionNone;
  for (const auto& [id, copy] : copies_) {
    if (copy.state != State::offline) oldest = std::min(oldest, copy.cursor);
  }
  return oldest;
}

Distribution::Pending Distribution::pending(const Worker& worker,
                                            const DeleteBuffer& deletes) const {
  Pending lowest;
  for (const auto& [id, copy] : copies_) {
    if (id.worker != worker || !forwarded(copy)) continue;
    if (deletes.pending_from(copy.cursor) == kTimestampNever) continue;
    if (lowest.copies.empty() || copy.cursor < lowest.cursor) lowest = {{}, copy.cursor};
    if (copy.cursor == lowest.cursor) lowest.copies.push_back({id, copy.load});
  }
  return lowest;
}

std::set<Worker> Distribution::workers() const {
  std::set<Worker> found;
  for (const auto& [id, copy] : copies_) {
    if (forwarded(copy)) found.insert(id.worker);
  }
  return found;
}

bool Distribution::online(const CopyId& id) const {
  const auto copy = copies_.find(id);
  return copy != copies_.end() && copy->second.state == State::online;
}

std::optional<Worker> Distribution::online_worker(SegmentId segment, const Worker& wanted) const {
  if (online({segment, wanted})) return wanted;
  for (auto copy = copies_.lower_bound({segment, {}});
       copy != copies_.end() && copy->first.segment == segment; ++copy) {
    if (copy->second.state == State::online) return copy->first.worker;
  }
  return std::nullopt;
}

void Distribution::promote(Timestamp service_time, const DeleteBuffer& deletes) {
  for (auto& [id, copy] : copies_) {
    if (copy.state != State::catching_up) continue;
    const bool caught_up = deletes.pending_from(copy.cursor) > service_time;  // (2)
    if (caught_up) copy.state = State::online;
  }
}

// (3), (4)
void Distribution::publish(DistributionActions& actions) {
  if (!target_) return;
  Version next{next_number_, target_->version, target_->horizon, {}, {}};
  for (const auto& [segment, wanted] : target_->segments) {
    const std::optional<Worker> worker = online_worker(segment, wanted);
    if (worker) {
      next.sealed[segment] = *worker;
    } else if (!growing_.contains(segment)) {
      return;
    }
  }
  // Whatever grows later has rows above its checkpoint, so the target says which were compacted.
  if (current_ && current_->target == next.target && current_->sealed == next.sealed) return;
  for (const auto& [segment, last] : growing_) {
    if (was_compacted(*target_, segment, last)) next.compacted.insert(segment);
  }
  ++next_number_;
  current_ = std::move(next);
  actions.published = true;
}

// (5)
void Distribution::drop_handed_off(DistributionActions& actions) {
  if (readable() == nullptr) return;
  for (auto segment = growing_.begin(); segment != growing_.end();) {
    const SegmentId id = segment->first;
    const bool pinned_without = std::ranges::any_of(
        pinned_, [&](const auto& entry) { return !entry.second.version.has(id); });
    const bool handed_off = current_->has(id) && !pinned_without;
    if (!handed_off) {
      ++segment;
      continue;
    }
    actions.drop_growing.push_back(id);
    segment = growing_.erase(segment);
  }
}

bool Distribution::wanted(const CopyId& id) const {
  return (target_ && names(target_->segments, id)) || (current_ && names(current_->sealed, id));
}

bool Distribution::needed(const CopyId& id) const {
  return wanted(id) || std::ranges::any_of(pinned_, [&](const auto& entry) {
           return names(entry.second.version.sealed, id);
         });
}

// (10)
void Distribution::retire_moved() {
  for (auto& [id, copy] : copies_) {
    if (forwarded(copy) && !wanted(id)) copy.state = State::offline;
  }
}

// (6). A load under way is left to its end.
void Distribution::release_unused(DistributionActions& actions) {
  for (auto copy = copies_.begin(); copy != copies_.end();) {
    if (copy->second.state == State::loading || needed(copy->first)) {
      ++copy;
      continue;
    }
    actions.release.push_back(copy->first);
    copy = copies_.erase(copy);
  }
}

// (8)
void Distribution::attach_indexes(DistributionActions& actions) {
  if (!target_) return;
  for (const auto& [segment, index] : target_->indexes) {
    const auto holder = target_->segments.find(segment);
    if (holder == target_->segments.end()) continue;
    const auto copy = copies_.find({segment, holder->second});
    if (copy == copies_.end() || copy->second.attaching) continue;
    const IndexToAttach attach{{copy->first, copy->second.load}, copy->second.request, index};
    if (!wants(attach)) continue;
    copy->second.attaching = true;
    actions.attach_index.push_back(attach);
  }
}

DistributionActions Distribution::settle(DistributionActions actions) {
  publish(actions);
  retire_moved();
  drop_handed_off(actions);
  release_unused(actions);
  attach_indexes(actions);
  return actions;
}

}  // namespace eyrie::streaming
