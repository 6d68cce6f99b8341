// A node of a cluster, of any role, as whoever starts and ends it sees it.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/kernels.h"
#include "nodes/membership/options.h"
#include "runtime/environment.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"
#include "storage/seam/wal.h"

namespace eyrie::cluster {

inline constexpr std::array<std::string_view, 5> kRoles = {"coordinator", "proxy", "streaming",
                                                           "query", "data"};

class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  // Serves until request_stop(), or fails: already_exists, its address is in use.
  virtual Task<Status> run() = 0;
  virtual void request_stop() = 0;
  // ok: it can do its work; else unavailable, and what is in the way.
  virtual Task<Status> ready(MonotonicTime deadline) = 0;
};

// What it is made of; borrowed but for the last three.
struct NodeParts {
  Environment& environment;
  storage::MetaStore& meta;
  storage::ObjectStore& objects;
  storage::Wal& log;
  const index::Kernels& kernels;
  membership::NodeIdentity identity;  // its role is one of kRoles
  Address listen;
  std::vector<std::string> channels = {};  // that a coordinator hands out; none: its default
};
std::unique_ptr<Node> make_node(NodeParts parts, const Settings& settings);

}  // namespace eyrie::cluster
