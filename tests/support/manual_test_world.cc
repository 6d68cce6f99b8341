#include "tests/support/manual_test_world.h"

#include <utility>

#include <gtest/gtest.h>

#include "runtime/metrics.h"

namespace eyrie::test {

namespace {

constexpr Duration kStep = 10ms;
constexpr int kStepsMax = 360'000;  // an hour

class NoNetwork final : public Network {
 public:
  Task<Result<std::unique_ptr<Listener>>> listen(Address) override {
    co_return fail(Code::unavailable, "this world has no network");
  }
  Task<Result<std::unique_ptr<Connection>>> connect(Address) override {
    co_return fail(Code::unavailable, "this world has no network");
  }
};

class NoTracer final : public Tracer {
 public:
  void record(const EventHeader&, std::span<const Field>) override {}
};

Task<void> run_body(std::function<Task<void>(Environment&)> body, Environment& environment,
                    bool& done) {
  co_await body(environment);
  done = true;
}

}  // namespace

class ManualTestWorld::Machine {
 public:
  Machine(std::uint64_t seed, const std::string& name)
      : disk(mix64(seed)), random_(Random(seed).stream(name)), disk_tasks_(disk) {
    start();
  }
  ~Machine() { stop(); }

  struct Incarnation {
    Incarnation(Random random, Network& network, Disk& disk, Tracer& tracer)
        : environment{executor, clock, random, network, disk, tracer, metrics}, group(executor) {}

    ManualClock clock;
    ManualExecutor executor;
    Metrics metrics;
    Environment environment;
    TaskGroup group;
  };

  void start() {
    current =
        std::make_unique<Incarnation>(random_.stream(++starts_), network_, disk_tasks_, tracer_);
  }
  void stop() {
    if (current == nullptr) return;
    current->executor.stop_and_drop_frames();
    EXPECT_EQ(current->executor.frames(), 0) << "coroutine frames survived";
    current.reset();
  }

  MemoryDisk disk;
  std::unique_ptr<Incarnation> current;

 private:
  Random random_;
  std::uint64_t starts_ = 0;
  MemoryDiskTasks disk_tasks_;
  NoNetwork network_;
  NoTracer tracer_;
};

ManualTestWorld::ManualTestWorld(std::uint64_t seed) : seed_(seed) {}
ManualTestWorld::~ManualTestWorld() = default;

ManualTestWorld::Machine& ManualTestWorld::find(const std::string& name) {
  std::unique_ptr<Machine>& machine = machines_[name];
  if (machine == nullptr) machine = std::make_unique<Machine>(seed_, name);
  return *machine;
}

Environment& ManualTestWorld::machine(const std::string& name) {
  return find(name).current->environment;
}

MemoryDisk& ManualTestWorld::disk(const std::string& machine) {
  return find(machine).disk;
}

void ManualTestWorld::run(const std::string& machine,
                          std::function<Task<void>(Environment&)> body) {
  Machine::Incarnation& now = *find(machine).current;
  bool done = false;
  now.group.spawn(run_body(std::move(body), now.environment, done));
  now.executor.run();
  for (int step = 0; !done && now.clock.armed() > 0 && step < kStepsMax; ++step) {
    now.clock.advance_to(now.clock.monotonic() + kStep, now.executor);
  }
  EXPECT_TRUE(done) << "the body waits for something that does not come";
}

void ManualTestWorld::kill(const std::string& machine) {
  Machine& found = find(machine);
  found.stop();
  found.disk.restart();
  found.start();
}

void ManualTestWorld::cut_power(const std::string& machine) {
  Machine& found = find(machine);
  found.stop();
  found.disk.power_cut();
  found.start();
}

WorldFactory manual_worlds(std::uint64_t seed) {
  return [seed] { return std::make_unique<ManualTestWorld>(seed); };
}

}  // namespace eyrie::test
