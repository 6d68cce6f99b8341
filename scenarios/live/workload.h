// Workload: the clients of a plan against a real cluster, each one call after another.
//
// Nothing is drawn: what a client calls, and how long it waits before, is in the plan. Through
// which proxy is not, where one has just failed: for a while its clients go on through another.
#pragma once

#include <memory>
#include <vector>

#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "scenarios/clients/client_calls.h"

namespace eyrie::scenarios::live {

// One call that has ended.
struct CallNote {
  sim::SimTime invoked = 0;
  sim::SimTime completed = 0;
  std::size_t planned = 0;  // the proxy that it was to go through, as the cluster counts them
  std::size_t proxy = 0;    // that it went through
  bool ok = false;
};

class Workload {
 public:
  // Borrows all; `proxies` are where clients reach them.
  Workload(Environment& environment, ClientContext context, std::vector<Address> proxies);
  ~Workload();

  void start();
  // Calls under way end; then nobody calls any more.
  Task<void> stop();

  const std::vector<CallNote>& notes() const { return notes_; }
  // Calls that ended between these times.
  std::size_t answered(sim::SimTime from, sim::SimTime to) const;
  // Of those that were to go through this proxy, what another answered.
  std::size_t through_other(std::size_t proxy, sim::SimTime from, sim::SimTime to) const;

 private:
  struct Client;

  Task<void> run(Client& client);
  // False once nobody is to call any more.
  Task<bool> wait(Duration gap);

  Environment& environment_;
  ClientContext context_;
  std::vector<Address> proxies_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<CallNote> notes_;
  Gate stopping_;
  TaskGroup group_;
};

}  // namespace eyrie::scenarios::live
