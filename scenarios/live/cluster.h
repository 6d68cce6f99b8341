// LiveCluster: the processes of a cluster on this machine, with the relays between them.
//
// A node that ends by itself is started again, as a supervisor would, and counted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/live/fault_plan.h"
#include "scenarios/live/layout.h"
#include "scenarios/live/process.h"
#include "scenarios/live/relay.h"

namespace eyrie {
class AsioMachine;
}

namespace eyrie::scenarios::live {

struct ClusterSpec {
  std::string program;  // `eyrie`
  std::string folder;   // of settings and logs; it is there
  std::map<std::string, std::string> settings;
};

class LiveCluster {
 public:
  // Borrows the machine and the layout.
  LiveCluster(AsioMachine& machine, const Layout& layout, ClusterSpec spec);
  ~LiveCluster();

  // Every node, until each says that it is ready; unavailable says what one that did not had to
  // say.
  Task<Status> start();
  Task<void> stop();

  // Until the node is killed, or is ready again.
  Task<Status> kill(std::string node);
  Task<Status> start_node(std::string node);
  void pause(const std::string& node);
  void resume(const std::string& node);
  Task<Status> set_link(std::string node, FaultLink link, RelayMode mode, Duration delay);

  // The exit codes of nodes that ended though nobody had killed them, by name; 128 and the number
  // of a signal.
  const std::map<std::string, std::vector<int>>& ended_by_themselves() const { return ended_; }

 private:
  struct Node;

  Task<Status> open_relays(Node& node);
  Task<Status> wait_until_ready(Node& node);
  Task<void> supervise(Node& node);
  Status write_settings(const Node& node) const;
  Status start_process(Node& node);
  Node& node(const std::string& name) { return *nodes_.at(name); }

  AsioMachine& machine_;
  const Layout& layout_;
  ClusterSpec spec_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  std::map<std::string, std::vector<int>> ended_;
  TaskGroup supervisors_;
};

}  // namespace eyrie::scenarios::live
