#include "tests/support/sim_world.h"

#include <utility>

#include <gtest/gtest.h>

namespace eyrie::test {

namespace {

constexpr sim::SimTime kBound = 3'600 * sim::kSecond;

Task<void> run_body(std::function<Task<void>(Environment&)> body, Environment& environment,
                    bool& done) {
  co_await body(environment);
  done = true;
}

}  // namespace

Task<Status> IdleProcess::run() {
  const Status stopped = co_await stop_.wait();
  group_.cancel();
  co_await group_.join();
  co_return stopped;
}

SimTestWorld::SimTestWorld(std::uint64_t seed, sim::WorldOptions options) : world_(seed, options) {}

SimTestWorld::~SimTestWorld() {
  for (const sim::Mistake& mistake : world_.mistakes()) {
    ADD_FAILURE() << "mistake on " << mistake.machine << ": " << mistake.what;
  }
}

sim::Machine& SimTestWorld::sim_machine(const std::string& name) {
  sim::Machine* found = world_.find_machine(name);
  if (found != nullptr) return *found;
  sim::Machine& made = world_.add_machine({.name = name});
  world_.start(made,
               [](Environment& environment) { return std::make_unique<IdleProcess>(environment); });
  return made;
}

Environment& SimTestWorld::machine(const std::string& name) {
  return sim_machine(name).environment();
}

void SimTestWorld::run(const std::string& machine, std::function<Task<void>(Environment&)> body) {
  auto& process = static_cast<IdleProcess&>(sim_machine(machine).process());
  bool done = false;
  process.group().spawn(run_body(std::move(body), process.environment(), done));
  world_.run_until(world_.now() + kBound, [&] { return done; });
  EXPECT_TRUE(done) << "the body did not end within an hour of simulated time";
}

void SimTestWorld::spawn(const std::string& machine, std::function<Task<void>(Environment&)> body) {
  auto& process = static_cast<IdleProcess&>(sim_machine(machine).process());
  process.group().spawn(body(process.environment()));
}

WorldFactory sim_worlds(std::uint64_t seed) {
  return [seed] { return std::make_unique<SimTestWorld>(seed); };
}

}  // namespace eyrie::test
