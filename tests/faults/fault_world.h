// FaultWorld: a small world in which everything that faults can disturb goes on all the time: three
// nodes that read their clocks, speak with each other and use their disks.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/fault.h"
#include "runtime/offload.h"
#include "tests/support/sim_world.h"

namespace eyrie::faults {

using sim::kMillisecond;
using sim::kSecond;

// What a node has done, over all its starts.
struct NodeLog {
  std::uint64_t ticks = 0;  // every 5 ms, each with a millisecond of computation
  std::uint64_t replies = 0;
  std::uint64_t broken = 0;  // connections
  std::uint64_t writes = 0;
  std::uint64_t reads = 0;
  std::map<Code, std::uint64_t> disk_errors;
};

class FaultWorld {
 public:
  static constexpr sim::SimTime kBegin = kSecond;  // of the first fault of a test

  explicit FaultWorld(sim::WorldOptions options = {}) : world_(1, options) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      world_.world().add_machine({.name = names_[i]});
    }
  }

  sim::World& world() { return world_.world(); }
  test::SimTestWorld& test_world() { return world_; }
  sim::Machine& node(std::size_t number) { return *world().find_machine(names_[number]); }
  NodeLog& log(std::size_t number) { return logs_[number]; }
  FaultContext context() { return {.world = world(), .nodes = names_}; }

  void start_nodes() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      world().start(node(i), [this, i](Environment& environment) {
        auto process = std::make_unique<test::IdleProcess>(environment);
        NodeLog& log = logs_[i];
        process->group().spawn(tick(environment, log));
        process->group().spawn(serve(environment));
        process->group().spawn(speak(environment, names_[(i + 1) % names_.size()], log));
        process->group().spawn(use_disk(environment, log));
        return process;
      });
    }
  }

  // How much a count grows in the next so long.
  std::uint64_t growth(const std::uint64_t& count, sim::SimTime time) {
    const std::uint64_t before = count;
    world().run_until(world().now() + time);
    return count - before;
  }

 private:
  static Task<void> tick(Environment& environment, NodeLog& log) {
    while ((co_await environment.clock.sleep_for(5ms)).ok()) {
      (void)environment.clock.wall();
      (void)co_await offload(kMillisecond, [] { return 0; });
      ++log.ticks;
    }
  }
  static Task<void> echo(std::unique_ptr<Connection> connection) {
    while (true) {
      Result<Bytes> message = co_await connection->receive();
      if (!message || !(co_await connection->send(std::move(*message))).ok()) co_return;
    }
  }
  static Task<void> serve(Environment& environment) {
    TaskGroup group(co_await this_scope());
    auto listener = co_await environment.network.listen({"", 7});
    if (!listener) co_return;
    while (true) {
      auto connection = co_await (*listener)->accept();
      if (!connection) break;
      group.spawn(echo(std::move(*connection)));
    }
    group.cancel();
    co_await group.join();
  }
  static Task<void> speak(Environment& environment, std::string peer, NodeLog& log) {
    while ((co_await environment.clock.sleep_for(5ms)).ok()) {
      auto connection = co_await environment.network.connect({peer, 7});
      if (!connection) continue;
      while (true) {
        if (!(co_await (*connection)->send("hello")).ok()) break;
        if (!co_await (*connection)->receive()) break;
        ++log.replies;
        if (!(co_await environment.clock.sleep_for(1ms)).ok()) co_return;
      }
      ++log.broken;
    }
  }
  static Task<void> use_disk(Environment& environment, NodeLog& log) {
    std::uint64_t round = 0;
    while ((co_await environment.clock.sleep_for(1ms)).ok()) {
      const Status status = co_await use_file(environment, log, "f" + std::to_string(++round));
      if (!status.ok()) ++log.disk_errors[status.code()];
    }
  }
  // Each round has a file of its own, so that the disk grows.
  static Task<Status> use_file(Environment& environment, NodeLog& log, std::string name) {
    EYRIE_CO_TRY(auto file, co_await environment.disk.open(name, OpenMode::create));
    EYRIE_CO_RETURN_IF_ERROR(co_await file->write_at(0, Bytes(100, 'x')));
    ++log.writes;
    EYRIE_CO_RETURN_IF_ERROR(co_await file->sync());
    EYRIE_CO_RETURN_IF_ERROR(co_await file->truncate(50));
    EYRIE_CO_RETURN_IF_ERROR(co_await environment.disk.rename(name, name + "-done"));
    EYRIE_CO_TRY(const Bytes read, co_await file->read_at(0, 100));
    if (read == Bytes(50, 'x')) ++log.reads;
    co_return Status();
  }

  test::SimTestWorld world_;
  std::vector<std::string> names_ = {"node-0", "node-1", "node-2"};
  std::array<NodeLog, 3> logs_;
};

// One fault of that kind on the first node, towards the second, for two seconds.
inline Fault fault_of(const std::string& kind, sim::SimTime duration = 2 * kSecond) {
  return {kind, 0, 1, FaultWorld::kBegin, duration};
}

inline FaultCounts counts_of(const FaultInjector& injector, const std::string& kind) {
  const auto found = injector.counts().find(kind);
  return found != injector.counts().end() ? found->second : FaultCounts();
}

inline void expect_counts(const FaultInjector& injector, const std::string& kind,
                          std::uint64_t offered, std::uint64_t taken, std::uint64_t had_effect) {
  const FaultCounts counts = counts_of(injector, kind);
  EXPECT_EQ(counts.offered, offered) << kind;
  EXPECT_EQ(counts.taken, taken) << kind;
  EXPECT_EQ(counts.had_effect, had_effect) << kind;
}

}  // namespace eyrie::faults
