#include "nodes/query/copies.h"

#include <utility>

#include "nodes/query/metrics.h"

namespace eyrie::query {

Status Copies::enter(const internal::CopyOwner& owner) {
  Channel& channel = channels_[owner.channel()];
  if (owner.term() < channel.term) {
    return Status(Code::fenced, "term " + std::to_string(owner.term()) + " of channel " +
                                    owner.channel() + " is lower than " +
                                    std::to_string(channel.term));
  }
  if (owner.term() > channel.term) {
    channel.copies.clear();
    channel.term = owner.term();
  }
  return {};
}

Result<Copies::Loaded> Copies::find_loaded(const internal::CopyOwner& owner,
                                           std::int64_t segment) const {
  const auto channel = channels_.find(owner.channel());
  if (channel != channels_.end() && channel->second.term == owner.term()) {
    const auto found = channel->second.copies.find(segment);
    if (found != channel->second.copies.end()) return found->second;
  }
  return fail(Status(Code::not_found, "segment " + std::to_string(segment) + " is not loaded here")
                  .with_milvus_code(600));
}

Result<std::shared_ptr<SegmentCopy>> Copies::find(const internal::CopyOwner& owner,
                                                  std::int64_t segment) const {
  EYRIE_TRY(Loaded loaded, find_loaded(owner, segment));
  return std::move(loaded.copy);
}

Result<std::shared_ptr<SegmentCopy>> Copies::find(const internal::CopyOwner& owner,
                                                  std::int64_t segment, std::int64_t load) const {
  EYRIE_TRY(Loaded loaded, find_loaded(owner, segment));
  if (loaded.load != load) {
    return fail(Code::conflict, "segment " + std::to_string(segment) + " was loaded by request " +
                                    std::to_string(loaded.load) + ", not " + std::to_string(load));
  }
  return std::move(loaded.copy);
}

Status Copies::put(const internal::CopyOwner& owner, std::int64_t segment, Loaded loaded) {
  Loaded& held = channels_[owner.channel()].copies[segment];
  if (held.copy != nullptr && loaded.load <= held.load) {
    return Status(Code::conflict, "segment " + std::to_string(segment) + " was loaded anew since");
  }
  held = std::move(loaded);
  return {};
}

Status Copies::begin_load(const internal::CopyOwner& owner, std::int64_t segment,
                          std::size_t copies_max) {
  const Place place(owner.channel(), segment);
  const bool counted = holds(place) || loading_.contains(place);
  if (!counted && size_after_loads() >= copies_max) {
    return Status(Code::resource_exhausted, "the node holds copies_max segments");
  }
  loading_.insert(place);
  return {};
}

void Copies::end_load(const internal::CopyOwner& owner, std::int64_t segment) {
  loading_.extract({owner.channel(), segment});
}

bool Copies::holds(const Place& place) const {
  const auto channel = channels_.find(place.first);
  return channel != channels_.end() && channel->second.copies.contains(place.second);
}

std::size_t Copies::size_after_loads() const {
  std::size_t count = size();
  for (auto at = loading_.begin(); at != loading_.end(); at = loading_.upper_bound(*at)) {
    if (!holds(*at)) ++count;
  }
  return count;
}

void Copies::release(const internal::CopyOwner& owner, std::int64_t segment, std::int64_t load) {
  std::map<std::int64_t, Loaded>& copies = channels_[owner.channel()].copies;
  const auto found = copies.find(segment);
  if (found != copies.end() && found->second.load <= load) copies.erase(found);
}

std::set<std::int64_t> Copies::collections() const {
  std::set<std::int64_t> found;
  for (const auto& [name, channel] : channels_) {
    for (const auto& [segment, loaded] : channel.copies) found.insert(loaded.collection);
  }
  return found;
}

std::vector<Copies::Dropped> Copies::drop_collection(std::int64_t collection) {
  std::vector<Dropped> dropped;
  for (auto& [name, channel] : channels_) {
    std::erase_if(channel.copies, [&](const auto& entry) {
      if (entry.second.collection != collection) return false;
      dropped.push_back({entry.first, channel.term});
      return true;
    });
  }
  return dropped;
}

std::size_t Copies::size() const {
  std::size_t count = 0;
  for (const auto& [name, channel] : channels_) count += channel.copies.size();
  return count;
}

void Copies::read_metrics(MetricSample& sample) const {
  std::int64_t indexed = 0;
  std::int64_t rows = 0;
  for (const auto& [name, channel] : channels_) {
    for (const auto& [segment, loaded] : channel.copies) {
      if (loaded.copy == nullptr) continue;
      if (loaded.copy->index().graph != nullptr) ++indexed;
      rows += loaded.copy->data()->rows();
    }
  }
  sample.gauge(kCopiesLoaded, static_cast<std::int64_t>(size()));
  sample.gauge(kCopiesIndexed, indexed);
  sample.gauge(kRowsLoaded, rows);
}

}  // namespace eyrie::query
