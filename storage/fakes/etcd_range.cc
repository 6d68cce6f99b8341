// Reads of EtcdState.
#include <algorithm>

#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

namespace {

using etcdserverpb::RangeRequest;

// etcd looks at all items of the range, and cuts them off afterwards.
bool looks_at_all(const RangeRequest& request) {
  return request.sort_order() != RangeRequest::NONE || request.min_mod_revision() != 0 ||
         request.max_mod_revision() != 0 || request.min_create_revision() != 0 ||
         request.max_create_revision() != 0;
}

bool is_wanted(const RangeRequest& request, const mvccpb::KeyValue& item) {
  const auto within = [](std::int64_t revision, std::int64_t min, std::int64_t max) {
    return (min == 0 || revision >= min) && (max == 0 || revision <= max);
  };
  return within(item.mod_revision(), request.min_mod_revision(), request.max_mod_revision()) &&
         within(item.create_revision(), request.min_create_revision(),
                request.max_create_revision());
}

bool is_before(RangeRequest::SortTarget target, const mvccpb::KeyValue& a,
               const mvccpb::KeyValue& b) {
  switch (target) {
    case RangeRequest::VERSION:
      return a.version() < b.version();
    case RangeRequest::CREATE:
      return a.create_revision() < b.create_revision();
    case RangeRequest::MOD:
      return a.mod_revision() < b.mod_revision();
    case RangeRequest::VALUE:
      return a.value() < b.value();
    default:
      return a.key() < b.key();
  }
}

// A target without an order means ascending. Equals keep the order of their keys; etcd's own sort
// promises that of a dozen items at most.
void sort(const RangeRequest& request, std::vector<const mvccpb::KeyValue*>& items) {
  const bool falling = request.sort_order() == RangeRequest::DESCEND;
  if (request.sort_order() == RangeRequest::NONE && request.sort_target() == RangeRequest::KEY) {
    return;
  }
  const auto target = request.sort_target();
  std::ranges::sort(items, [&](const mvccpb::KeyValue* a, const mvccpb::KeyValue* b) {
    if (is_before(target, *a, *b)) return !falling;
    if (is_before(target, *b, *a)) return falling;
    return a->key() < b->key();
  });
}

}  // namespace

etcdserverpb::RangeResponse EtcdState::read(const RangeRequest& request, Revision at) const {
  etcdserverpb::RangeResponse response;
  std::vector<const mvccpb::KeyValue*> items;
  const auto [first, end] = bounds(request.key(), request.range_end());
  for (auto it = first; it != end; ++it) {
    if (const mvccpb::KeyValue* item = visible(it->second, at)) items.push_back(item);
  }
  response.set_count(static_cast<std::int64_t>(items.size()));
  if (request.count_only()) return response;
  const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(request.limit(), 0));
  // Else one more than the limit is looked at, to know whether there are more.
  if (limit > 0 && !looks_at_all(request) && items.size() > limit) items.resize(limit + 1);
  std::erase_if(items, [&](const mvccpb::KeyValue* item) { return !is_wanted(request, *item); });
  sort(request, items);
  if (limit > 0 && items.size() > limit) {
    items.resize(limit);
    response.set_more(true);
  }
  for (const mvccpb::KeyValue* item : items) {
    mvccpb::KeyValue& copy = *response.add_kvs();
    copy = *item;
    if (request.keys_only()) copy.clear_value();
  }
  return response;
}

}  // namespace eyrie::storage::fakes
