// Events a second on empty workloads. Each event is ordered, logged and hashed as in any run.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/sim/suites.h"
#include "runtime/task_group.h"
#include "sim/world.h"

namespace eyrie::bench {

namespace {

constexpr int kRepetitions = 5;
constexpr std::uint64_t kEvents = 2'000'000;

// An event that begets the next, at a drawn distance.
class Ticker final : public sim::Actor {
 public:
  Ticker(sim::Scheduler& scheduler, Random random) : scheduler_(scheduler), random_(random) {}
  bool stale(std::uint64_t) const override { return false; }
  void act(std::uint64_t) override { scheduler_.at(scheduler_.now() + gap(), *this, 0, 1, 2); }

 private:
  sim::SimTime gap() { return random_.between(1, sim::kMillisecond); }

  sim::Scheduler& scheduler_;
  Random random_;
};

// CPU seconds of kEvents steps with so many events pending.
double run_scheduler(std::size_t pending) {
  sim::EventLog log(nullptr);
  sim::Scheduler scheduler(Random(1), log);
  std::vector<std::unique_ptr<Ticker>> tickers;
  for (std::size_t i = 0; i < pending; ++i) {
    tickers.push_back(std::make_unique<Ticker>(scheduler, Random(i)));
    tickers.back()->act(0);
  }
  const double begin = cpu_seconds();
  while (scheduler.steps() < kEvents) scheduler.step(sim::kNever);
  return cpu_seconds() - begin;
}

Task<void> sleep_on(Environment& environment, Random random) {
  while (true) {
    const Duration gap(random.between(1, sim::kMillisecond));
    if (!(co_await environment.clock.sleep_for(gap)).ok()) co_return;
  }
}

// Behind whatever the executor has to run already.
struct Posted {
  Executor& executor;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) const { executor.post(handle); }
  void await_resume() const {}
};

Task<void> post_on(Environment& environment, Random) {
  while (true) co_await Posted{environment.executor};
}

using Body = Task<void> (*)(Environment&, Random);

class Tasks final : public sim::Process {
 public:
  Tasks(Environment& environment, Body body, int count)
      : environment_(environment), body_(body), count_(count) {}

  Task<Status> run() override {
    TaskGroup group(co_await this_scope());
    for (int i = 0; i < count_; ++i) {
      group.spawn(body_(environment_, environment_.random.stream(static_cast<std::uint64_t>(i))));
    }
    co_await group.join();
    co_return Status();
  }
  void request_stop() override {}

 private:
  Environment& environment_;
  Body body_;
  int count_;
};

double run_machines(int machines, int tasks, Body body) {
  sim::World world(1, {});
  for (int i = 0; i < machines; ++i) {
    sim::Machine& machine = world.add_machine({.name = "machine-" + std::to_string(i)});
    world.start(machine, [body, tasks](Environment& environment) {
      return std::make_unique<Tasks>(environment, body, tasks);
    });
  }
  const double begin = cpu_seconds();
  world.run_until(sim::kNever, [&] { return world.steps() >= kEvents; });
  return cpu_seconds() - begin;
}

void print_row(const char* what, const std::function<double()>& run) {
  double best = run();
  for (int i = 1; i < kRepetitions; ++i) best = std::min(best, run());
  std::printf("  %-58s %6.2f million events/s (%3.0f ns each)\n", what,
              static_cast<double>(kEvents) / best / 1e6, best * 1e9 / kEvents);
}

}  // namespace

void print_scheduler_table() {
  std::printf("Events on an empty workload, %d million each, the best of %d:\n",
              static_cast<int>(kEvents / 1'000'000), kRepetitions);
  print_row("the scheduler alone, 10 events pending", [] { return run_scheduler(10); });
  print_row("the scheduler alone, 1,000 events pending", [] { return run_scheduler(1'000); });
  print_row("the scheduler alone, 100,000 events pending", [] { return run_scheduler(100'000); });
  print_row("16 machines, each with 10 tasks that sleep again and again",
            [] { return run_machines(16, 10, sleep_on); });
  print_row("16 machines, each with 10 tasks that post themselves",
            [] { return run_machines(16, 10, post_on); });
}

}  // namespace eyrie::bench
