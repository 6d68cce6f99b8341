// NodeDirectory: which nodes are registered, followed by watching their sessions.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/environment.h"
#include "runtime/ids.h"
#include "runtime/sync.h"
#include "storage/seam/meta_store.h"

namespace eyrie::coordinator {

struct NodeInfo {
  NodeId node;
  IncarnationId incarnation;
  Address address;

  friend bool operator==(const NodeInfo&, const NodeInfo&) = default;
};

class NodeDirectory {
 public:
  NodeDirectory(Environment& environment, storage::MetaStore& meta);

  // Reads the sessions; then follow() keeps them up to date until cancelled.
  Task<Status> load();
  Task<void> follow();

  // In order of node id.
  std::vector<NodeInfo> nodes(const std::string& role) const;
  const NodeInfo* find(const std::string& role, NodeId node) const;
  Condition& changed() { return changed_; }

 private:
  void put(const storage::KeyValue& item);
  Task<Status> follow_from_here();

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::Revision revision_ = 0;
  std::map<std::string, std::pair<std::string, NodeInfo>> by_key_;  // session key: role, node
  Condition changed_;
};

}  // namespace eyrie::coordinator
