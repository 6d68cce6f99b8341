#include "nodes/coordinator/node_directory.h"

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

namespace {

constexpr Duration kRequestTimeout = 5s;

}  // namespace

NodeDirectory::NodeDirectory(Environment& environment, storage::MetaStore& meta)
    : environment_(environment), meta_(meta) {}

void NodeDirectory::put(const storage::KeyValue& item) {
  const auto record = catalog::decode_record<catalog::SessionRecord>(item.key, item.value);
  if (!record) return;  // written by something newer; such a node is not ours to use
  const Result<Address> address = parse_address(record->address());
  if (!address) return;
  by_key_[item.key] = {record->role(), NodeInfo{NodeId(record->node_id()),
                                                IncarnationId(item.mod_revision), *address}};
}

Task<Status> NodeDirectory::load() {
  EYRIE_CO_TRY(const storage::RangeResult found,
               co_await with_deadline(
                   environment_.clock, environment_.clock.monotonic() + kRequestTimeout,
                   meta_.range(storage::with_prefix(std::string(catalog::kSessionPrefix)), 0, 0)));
  by_key_.clear();
  for (const storage::KeyValue& item : found.items) put(item);
  revision_ = found.revision;
  changed_.notify_all();
  co_return Status();
}

Task<Status> NodeDirectory::follow_from_here() {
  EYRIE_CO_TRY(const std::unique_ptr<storage::MetaWatch> watch,
               co_await meta_.watch(storage::with_prefix(std::string(catalog::kSessionPrefix)),
                                    revision_ + 1));
  while (true) {
    EYRIE_CO_TRY(const storage::MetaEvents changes, co_await watch->next());
    for (const storage::MetaEvent& event : changes.events) {
      if (event.removed) {
        by_key_.erase(event.item.key);
      } else {
        put(event.item);
      }
    }
    revision_ = changes.revision;
    changed_.notify_all();
  }
}

Task<void> NodeDirectory::follow() {
  while (true) {
    // It ends only with an error: a lost watch, a compacted revision. Then everything is read anew.
    const Status ended = co_await follow_from_here();
    if (ended.code() == Code::cancelled) co_return;
    while (!(co_await load()).ok()) {
      if (!(co_await environment_.clock.sleep_for(200ms)).ok()) co_return;
    }
  }
}

std::vector<NodeInfo> NodeDirectory::nodes(const std::string& role) const {
  std::map<NodeId, NodeInfo> found;
  for (const auto& [key, entry] : by_key_) {
    if (entry.first == role) found.emplace(entry.second.node, entry.second);
  }
  std::vector<NodeInfo> sorted;
  for (const auto& [id, info] : found) sorted.push_back(info);
  return sorted;
}

const NodeInfo* NodeDirectory::find(const std::string& role, NodeId node) const {
  const auto found = by_key_.find(catalog::session_key(role, node.value));
  return found != by_key_.end() ? &found->second.second : nullptr;
}

}  // namespace eyrie::coordinator
