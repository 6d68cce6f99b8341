// LiveCluster: the processes of a cluster on this machine, with the relays between them.
//
// A node that ends though nobody here ended it is started again, as a supervisor would, and
// counted.
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
#include "scenarios/live/resources.h"

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

  // Every node, until each says that it is ready. unavailable: one ended instead;
  // deadline_exceeded: one takes too long; both say what its log ends with. Others are this
  // machine's.
  Task<Status> start();
  Task<void> stop();

  // Until the node is killed, or is ready again (errors as of start()).
  Task<Status> kill(std::string node);
  Task<Status> start_node(std::string node);
  void pause(const std::string& node);
  void resume(const std::string& node);
  Task<Status> set_link(std::string node, FaultLink link, RelayMode mode, Duration delay);
  // What the mode of the link that was set last has met.
  RelayMet met(const std::string& node, FaultLink link) const;

  // Of the nodes that run.
  std::map<std::string, ProcessUse> use() const;
  // The exit codes of nodes that ended though nobody here had ended them, by name; 128 and the
  // number of a signal. All of them after stop().
  const std::map<std::string, std::vector<int>>& ended_by_themselves() const { return ended_; }

 private:
  struct Node;

  Task<Status> open_relays(Node& node);
  Task<Status> wait_until_ready(Node& node);
  Task<void> supervise(Node& node);
  void note_end(Node& node);
  static Relay& relay_of(Node& node, FaultLink link);
  Status write_settings(const Node& node) const;
  Status start_process(Node& node);
  Node& node(const std::string& name) const { return *nodes_.at(name); }

  AsioMachine& machine_;
  const Layout& layout_;
  ClusterSpec spec_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  std::map<std::string, std::vector<int>> ended_;
  TaskGroup supervisors_;
};

}  // namespace eyrie::scenarios::live
