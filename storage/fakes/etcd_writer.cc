#include "storage/fakes/etcd_writer.h"

#include <utility>

namespace eyrie::storage::fakes {

etcdserverpb::PutResponse EtcdState::Writer::put(const etcdserverpb::PutRequest& request) {
  etcdserverpb::PutResponse response;
  mvccpb::KeyValue item;
  item.set_key(request.key());
  item.set_value(request.value());
  item.set_lease(request.lease());
  item.set_create_revision(next());
  item.set_mod_revision(next());
  item.set_version(1);
  if (const mvccpb::KeyValue* before = state_.find(request.key(), visible())) {
    item.set_create_revision(before->create_revision());
    item.set_version(before->version() + 1);
    if (request.prev_kv()) *response.mutable_prev_kv() = *before;
    if (request.ignore_value()) item.set_value(before->value());
    if (request.ignore_lease()) item.set_lease(before->lease());
    detach(*before);
  }
  if (item.lease() != 0) state_.leases_.at(item.lease()).keys.insert(request.key());
  state_.keys_[request.key()].push_back({next(), false, item});
  mvccpb::Event& event = events_.emplace_back();
  event.set_type(mvccpb::Event::PUT);
  *event.mutable_kv() = std::move(item);
  return response;
}

etcdserverpb::DeleteRangeResponse EtcdState::Writer::remove(
    const etcdserverpb::DeleteRangeRequest& request) {
  etcdserverpb::DeleteRangeResponse response;
  std::vector<std::string> keys;
  const auto [first, end] = state_.bounds(request.key(), request.range_end());
  for (auto it = first; it != end; ++it) {
    const mvccpb::KeyValue* item = EtcdState::visible(it->second, visible());
    if (item == nullptr) continue;
    if (request.prev_kv()) *response.add_prev_kvs() = *item;
    keys.push_back(it->first);
  }
  for (const std::string& key : keys) remove_key(key);
  response.set_deleted(static_cast<std::int64_t>(keys.size()));
  return response;
}

bool EtcdState::Writer::remove_key(const std::string& key) {
  const mvccpb::KeyValue* before = state_.find(key, visible());
  if (before == nullptr) return false;
  detach(*before);
  state_.keys_[key].push_back({next(), true, {}});
  mvccpb::Event& event = events_.emplace_back();
  event.set_type(mvccpb::Event::DELETE);
  event.mutable_kv()->set_key(key);
  event.mutable_kv()->set_mod_revision(next());
  return true;
}

EtcdState::Revision EtcdState::Writer::commit() {
  if (events_.empty()) return state_.revision_;
  state_.history_.emplace(next(), std::move(events_));
  return ++state_.revision_;
}

void EtcdState::Writer::detach(const mvccpb::KeyValue& item) {
  const auto lease = state_.leases_.find(item.lease());
  if (lease != state_.leases_.end()) lease->second.keys.erase(item.key());
}

}  // namespace eyrie::storage::fakes
