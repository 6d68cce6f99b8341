#include "sim/world.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "runtime/offload.h"
#include "tests/support/sim_world.h"

namespace eyrie {
namespace {

using sim::kMillisecond;
using sim::kSecond;
using test::SimTestWorld;

inline constexpr EventType<2> kGotPing{"test.got_ping", Level::info, {"number", "from"}};
inline constexpr EventType<1> kBroken{"test.broken", Level::error, {"why"}};

Task<void> echo(std::unique_ptr<Connection> connection) {
  while (true) {
    Result<Bytes> message = co_await connection->receive();
    if (!message || !(co_await connection->send(std::move(*message))).ok()) co_return;
  }
}

Task<void> serve_echo(Environment& environment) {
  TaskGroup group(co_await this_scope());
  Result<std::unique_ptr<Listener>> listener = co_await environment.network.listen({"", 7});
  EXPECT_TRUE(listener.has_value());
  while (true) {
    auto connection = co_await (*listener)->accept();
    if (!connection) break;
    group.spawn(echo(std::move(*connection)));
  }
  group.cancel();
  co_await group.join();
}

Task<void> ping(Environment& environment, int count, std::vector<std::string>& replies) {
  auto connection = co_await environment.network.connect({"server", 7});
  EXPECT_TRUE(connection.has_value());
  for (int i = 0; i < count; ++i) {
    const Status sent = co_await (*connection)->send(std::to_string(i));
    EXPECT_TRUE(sent.ok());
  }
  for (int i = 0; i < count; ++i) {
    Result<Bytes> reply = co_await (*connection)->receive();
    if (!reply) co_return;
    emit(environment.tracer, kGotPing, i, "server");
    replies.push_back(*reply);
  }
}

std::uint64_t ping_run(std::uint64_t seed, int count, sim::WorldOptions options = {}) {
  SimTestWorld world(seed, options);
  std::vector<std::string> replies;
  world.spawn("server", serve_echo);
  world.run("client", [&](Environment& environment) { return ping(environment, count, replies); });
  EXPECT_EQ(replies.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    EXPECT_EQ(replies[static_cast<std::size_t>(i)], std::to_string(i));
  return world.world().trace_hash();
}

TEST(World, SameSeedSameEventsAndAnotherSeedOthers) {
  EXPECT_EQ(ping_run(1, 50), ping_run(1, 50));
  EXPECT_NE(ping_run(1, 50), ping_run(2, 50));
  sim::WorldOptions shuffled;
  shuffled.executor = {true, true};
  EXPECT_EQ(ping_run(3, 50, shuffled), ping_run(3, 50, shuffled));
}

// Fixed for ever, on every build: a change here means that every saved case has moved.
TEST(World, TheHashOfAKnownRunIsTheSameOnEveryBuild) {
  EXPECT_EQ(ping_run(1, 50), 10078798666076232415ULL);
}

struct Collector : sim::EventLog::Sink {
  void write(BytesView bytes) override { all.append(bytes); }
  Bytes all;
};

TEST(World, TheLogReadsBackWithItsNames) {
  Collector collector;
  sim::WorldOptions options;
  options.log_sink = &collector;
  ping_run(1, 3, options);
  sim::EventLogReader reader(collector.all);
  ASSERT_TRUE(reader.open().ok());
  int pings = 0;
  sim::SimTime last = 0;
  while (true) {
    Result<std::optional<sim::LogRecord>> record = reader.next();
    ASSERT_TRUE(record.has_value()) << record.error();
    if (!*record) break;
    EXPECT_GE((*record)->time, last);
    last = (*record)->time;
    if ((*record)->what != "test.got_ping") continue;
    EXPECT_EQ((*record)->machine, "client");
    EXPECT_EQ((*record)->text, "info number=" + std::to_string(pings++) + " from=server");
  }
  EXPECT_EQ(pings, 3);
}

TEST(World, TruncatedLogsAreErrorsNotCrashes) {
  Collector collector;
  sim::WorldOptions options;
  options.log_sink = &collector;
  ping_run(1, 1, options);
  for (std::size_t length = 0; length < std::min<std::size_t>(collector.all.size(), 600);
       ++length) {
    sim::EventLogReader reader(BytesView(collector.all).substr(0, length));
    if (!reader.open().ok()) continue;
    while (true) {
      Result<std::optional<sim::LogRecord>> record = reader.next();
      if (!record || !*record) break;
    }
  }
}

TEST(World, AnErrorEventFailsTheRun) {
  sim::World world(1, {});
  sim::Machine& machine = world.add_machine({.name = "a"});
  world.start(machine, [](Environment& environment) {
    emit(environment.tracer, kBroken, "on purpose");
    return std::make_unique<test::IdleProcess>(environment);
  });
  ASSERT_EQ(world.mistakes().size(), 1u);
  EXPECT_EQ(world.mistakes()[0].what, "error event test.broken why=on purpose");
}

TEST(World, AProcessThatMayNotEndByItselfIsAMistake) {
  for (const bool asked : {false, true}) {
    sim::World world(1, {});
    world.set_may_end(
        [](const sim::Machine& machine, const Status&) { return machine.name() != "server"; });
    const auto idle = [](Environment& environment) {
      return std::make_unique<test::IdleProcess>(environment);
    };
    for (const char* name : {"server", "client"}) {
      sim::Machine& machine = world.add_machine({.name = name});
      world.start(machine, idle);
      // As it would by itself: nobody goes through the machine.
      if (asked) {
        machine.request_stop();
      } else {
        machine.process().request_stop();
      }
    }
    world.run_until(kSecond);
    ASSERT_EQ(world.mistakes().size(), asked ? 0u : 1u);
    if (asked) continue;
    EXPECT_EQ(world.mistakes()[0].machine, "server");
    EXPECT_EQ(world.mistakes()[0].what.find("its process ended by itself"), 0u);
  }
}

TEST(World, ABusyLoopIsAVerdictNotAHang) {
  sim::WorldOptions options;
  options.steps_at_one_instant_max = 1'000;
  sim::World world(1, options);
  int rounds = 0;
  std::function<void()> again = [&] {
    ++rounds;
    world.at(world.now(), "again", again);
  };
  world.at(0, "again", again);
  world.run_until(kSecond);
  ASSERT_EQ(world.mistakes().size(), 1u);
  EXPECT_NE(world.mistakes()[0].what.find("busy loop"), std::string::npos);
  EXPECT_NE(world.mistakes()[0].what.find("the last one 'world'"), std::string::npos)
      << world.mistakes()[0].what;
}

struct Witness {
  explicit Witness(int& counter) : count(counter) { ++count; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --count; }
  int& count;
};

Task<Status> hold(Environment& environment, int& alive) {
  Witness witness(alive);
  co_return co_await environment.clock.sleep_for(1h);
}

Task<void> hold_forever(Environment& environment, int& alive) {
  Witness witness(alive);
  std::vector<Task<Status>> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(hold(environment, alive));
  }
  co_await all(std::move(tasks));
}

TEST(Machine, ACrashDropsEveryFrameAndRunsNothing) {
  SimTestWorld world;
  int alive = 0;
  world.spawn("a", [&](Environment& environment) { return hold_forever(environment, alive); });
  world.world().run_until(kSecond);
  EXPECT_EQ(alive, 4);
  world.world().end(world.sim_machine("a"), sim::Ending::power_cut);
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(world.world().mistakes().empty());
}

Task<void> record_breaks(Environment& environment, std::vector<std::string>& out) {
  auto connection = co_await environment.network.connect({"server", 7});
  if (!connection) {
    out.push_back(connection.error().message());
    co_return;
  }
  Result<Bytes> reply = co_await (*connection)->receive();
  out.push_back(reply ? "reply" : reply.error().message());
}

TEST(Machine, AKilledProcessIsNoticedAtOnceAPowerCutIsNot) {
  for (sim::Ending ending : {sim::Ending::kill, sim::Ending::power_cut}) {
    SimTestWorld world;
    std::vector<std::string> out;
    world.spawn("server", serve_echo);
    world.world().run_until(kSecond);
    world.spawn("client", [&](Environment& e) { return record_breaks(e, out); });
    world.world().run_until(2 * kSecond);
    EXPECT_TRUE(out.empty());
    world.world().end(world.sim_machine("server"), ending);
    world.world().run_until(3 * kSecond);
    if (ending == sim::Ending::kill) {
      ASSERT_EQ(out.size(), 1u);
      EXPECT_EQ(out[0], "the connection with server:7 is broken");
    } else {
      EXPECT_TRUE(out.empty());
    }
  }
}

TEST(Machine, OneThatIsLostIsStartedByNobody) {
  SimTestWorld world;
  int starts = 0;
  const auto count = [&](Environment& environment) -> Task<void> {
    ++starts;
    return serve_echo(environment);
  };
  for (const char* name : {"runs", "is down"}) world.spawn(name, count);
  world.world().run_until(kSecond);
  EXPECT_EQ(starts, 2);
  // It would start again by itself.
  world.world().end(world.sim_machine("is down"), sim::Ending::kill, kSecond);
  for (const char* name : {"runs", "is down"}) world.world().lose(world.sim_machine(name));
  world.world().start(world.sim_machine("runs"));
  world.world().run_until(5 * kSecond);
  EXPECT_EQ(starts, 2);
  EXPECT_FALSE(world.sim_machine("runs").running());
  EXPECT_FALSE(world.sim_machine("runs").powered());
  EXPECT_FALSE(world.sim_machine("is down").running());
  EXPECT_FALSE(world.sim_machine("is down").powered());
}

Task<void> measure_sleep(Environment& environment, std::vector<Duration>& out) {
  const MonotonicTime begin = environment.clock.monotonic();
  EXPECT_TRUE((co_await environment.clock.sleep_for(10ms)).ok());
  out.push_back(environment.clock.monotonic() - begin);
}

Task<void> compute() {
  EXPECT_EQ(co_await offload(100 * kMillisecond, [] { return 7; }), 7);
}

TEST(Machine, NothingRunsWhileItIsPausedAndItsClockGoesOn) {
  SimTestWorld world;
  std::vector<Duration> late;
  world.spawn("a", [&](Environment& e) { return measure_sleep(e, late); });
  world.world().run_until(kMillisecond);
  world.sim_machine("a").pause_until(500 * kMillisecond);
  world.world().run_until(499 * kMillisecond);
  EXPECT_TRUE(late.empty());
  world.world().run_until(kSecond);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_GE(late[0], 499ms);
}

Task<void> wait_and_compute(Environment& environment, std::vector<std::string>& out) {
  EXPECT_TRUE((co_await environment.clock.sleep_for(10ms)).ok());
  out.push_back("timer");
  EXPECT_EQ(co_await offload(20 * kMillisecond, [] { return 7; }), 7);
  out.push_back("job");
}

TEST(Machine, APauseThatIsEndedEarlyIsOverAtOnce) {
  // In a timer, in a continuation that is due, in offloaded work.
  for (const sim::SimTime begin : {kMillisecond, 10 * kMillisecond, 20 * kMillisecond}) {
    SimTestWorld world;
    std::vector<std::string> out;
    world.spawn("a", [&](Environment& e) { return wait_and_compute(e, out); });
    world.world().run_until(begin);
    sim::Machine& machine = world.sim_machine("a");
    machine.pause_until(500 * kSecond);
    world.world().run_until(kSecond);
    EXPECT_LT(out.size(), 2u);
    EXPECT_GT(machine.held_back(), 0u);
    machine.pause_until(0);
    world.world().run_until(kSecond + 40 * kMillisecond);
    EXPECT_EQ(out, (std::vector<std::string>{"timer", "job"}));
    world.world().run_until(kSecond + 500 * kSecond);  // what was to end the pause is stale
    EXPECT_EQ(out.size(), 2u);
  }
}

TEST(Machine, APauseThatIsMadeLongerEndsWithTheLaterTime) {
  SimTestWorld world;
  std::vector<Duration> late;
  world.spawn("a", [&](Environment& e) { return measure_sleep(e, late); });
  world.world().run_until(kMillisecond);
  world.sim_machine("a").pause_until(100 * kMillisecond);
  world.sim_machine("a").pause_until(300 * kMillisecond);
  world.world().run_until(299 * kMillisecond);
  EXPECT_TRUE(late.empty());
  world.world().run_until(400 * kMillisecond);
  EXPECT_EQ(late.size(), 1u);
}

// How late a sleep of a one-core machine ends beside heavy work, its processor slowed down or not.
Duration late_beside_work(std::int64_t slow_factor) {
  sim::World world(1, {});
  sim::Machine& machine = world.add_machine({.name = "a", .cores = 1});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  world.run_until(kMillisecond);
  machine.cores().slow_down(slow_factor, kSecond);
  auto& process = static_cast<test::IdleProcess&>(machine.process());
  std::vector<Duration> late;
  process.group().spawn(measure_sleep(process.environment(), late));
  process.group().spawn(compute());
  world.run_until(5 * kSecond);
  return late.empty() ? Duration::max() : late[0];
}

TEST(Machine, HeavyOffloadedWorkDelaysTheExecutorOfAOneCoreMachine) {
  EXPECT_GE(late_beside_work(1), 99ms);
}

TEST(Machine, ASlowProcessorTakesSoManyTimesAsLong) {
  EXPECT_LT(late_beside_work(1), 200ms);
  EXPECT_GE(late_beside_work(10), 999ms);
  EXPECT_LT(late_beside_work(10), 2s);
}

}  // namespace
}  // namespace eyrie
