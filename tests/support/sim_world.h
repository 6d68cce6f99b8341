// The simulated world as a TestWorld: each machine idles until a test runs something on it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/task_group.h"
#include "sim/world.h"
#include "tests/support/test_world.h"

namespace eyrie::test {

// A process whose tasks come from outside: it ends when asked to.
class IdleProcess : public sim::Process {
 public:
  explicit IdleProcess(Environment& environment)
      : environment_(environment), group_(environment.executor) {}

  Task<Status> run() override;
  void request_stop() override { stop_.open(); }
  Environment& environment() { return environment_; }
  TaskGroup& group() { return group_; }

 private:
  Environment& environment_;
  TaskGroup group_;
  Gate stop_;
};

class SimTestWorld : public TestWorld {
 public:
  explicit SimTestWorld(std::uint64_t seed = 1, sim::WorldOptions options = {});
  ~SimTestWorld() override;

  Environment& machine(const std::string& name) override;
  void run(const std::string& machine, std::function<Task<void>(Environment&)> body) override;

  sim::World& world() { return world_; }
  sim::Machine& sim_machine(const std::string& name);
  // The same without waiting for its end.
  void spawn(const std::string& machine, std::function<Task<void>(Environment&)> body);

 private:
  sim::World world_;
};

WorldFactory sim_worlds(std::uint64_t seed = 1);

}  // namespace eyrie::test
