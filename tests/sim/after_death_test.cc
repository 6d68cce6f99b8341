// A destructor that calls a seam fails the run, with a sentence that names the machine and the
// seam; so does a coroutine that outlives its incarnation. What only lets go does not.
#include <gtest/gtest.h>

#include "runtime/sync.h"
#include "tests/support/sim_world.h"

namespace eyrie {
namespace {

using sim::kSecond;

inline constexpr EventType<0> kBye{"test.bye", Level::error, {}};

class Alarm final : public Timer {
 public:
  void expired() override {}
};

class Leaving;
using LastAct = std::function<void(Leaving&)>;

// Has a connection with itself and a file, and does something more when it is destroyed.
class Leaving final : public sim::Process {
 public:
  Leaving(Environment& environment, LastAct last_act)
      : environment(environment), last_act_(std::move(last_act)) {}
  ~Leaving() override { last_act_(*this); }

  Task<Status> run() override {
    EYRIE_CO_TRY(listener, co_await environment.network.listen({"", 7}));
    EYRIE_CO_TRY(connection, co_await environment.network.connect({"a", 7}));
    EYRIE_CO_TRY(file, co_await environment.disk.open("file", OpenMode::create));
    EYRIE_CO_TRY(blocking_file, environment.disk.blocking().open("file", OpenMode::write));
    environment.clock.arm(alarm, environment.clock.monotonic() + 1h);
    ready = true;
    co_return co_await stop_.wait();
  }
  void request_stop() override { stop_.open(); }

  Environment& environment;
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<File> file;
  std::unique_ptr<BlockingFile> blocking_file;
  Alarm alarm;
  bool ready = false;

 private:
  LastAct last_act_;
  Gate stop_;
};

struct Events final : sim::TraceObserver {
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader&,
                std::span<const Field>) override {
    ++count;
  }
  int count = 0;
};

// What the run failed with, once a process that leaves so has ended: killed, without power, or in
// order.
std::vector<std::string> mistakes_of(const LastAct& last_act, sim::Ending ending) {
  sim::World world(1, {});
  Events events;
  world.add_observer(events);
  sim::Machine& machine = world.add_machine({.name = "a"});
  world.start(machine, [&](Environment& environment) {
    return std::make_unique<Leaving>(environment, last_act);
  });
  world.run_until(kSecond);
  EXPECT_TRUE(static_cast<Leaving&>(machine.process()).ready);
  const std::uint64_t messages = world.fabric().messages();
  if (ending == sim::Ending::exit) {
    machine.request_stop();
    world.run_until(2 * kSecond);
  } else {
    world.end(machine, ending);
  }
  EXPECT_FALSE(machine.running());
  // It had no effect: only the kernel told the other side of the connection, and the other way.
  EXPECT_LE(world.fabric().messages(), messages + 2);
  EXPECT_EQ(events.count, 0);
  EXPECT_FALSE(machine.device().image.has("late"));
  EXPECT_TRUE(machine.device().locks.empty());
  std::vector<std::string> sentences;
  for (const sim::Mistake& mistake : world.mistakes()) {
    sentences.push_back(mistake.machine + ": " + mistake.what);
  }
  return sentences;
}

constexpr sim::Ending kEndings[] = {sim::Ending::kill, sim::Ending::power_cut, sim::Ending::exit};

TEST(AfterDeath, ADestructorThatUsesASeamFailsTheRun) {
  const std::pair<const char*, LastAct> uses[] = {
      {"Network::listen", [](Leaving& p) { (void)p.environment.network.listen({"", 8}); }},
      {"Network::connect", [](Leaving& p) { (void)p.environment.network.connect({"a", 7}); }},
      {"Listener::accept", [](Leaving& p) { (void)p.listener->accept(); }},
      {"Connection::send", [](Leaving& p) { (void)p.connection->send("bye"); }},
      {"Connection::receive", [](Leaving& p) { (void)p.connection->receive(); }},
      {"Disk", [](Leaving& p) { (void)p.environment.disk.open("late", OpenMode::create); }},
      {"Disk", [](Leaving& p) { (void)p.environment.disk.sync_dir(""); }},
      {"Disk", [](Leaving& p) { (void)p.environment.disk.lock("late"); }},
      {"Disk", [](Leaving& p) { (void)p.file->write_at(0, "bye"); }},
      {"Disk", [](Leaving& p) { (void)p.file->sync(); }},
      {"Disk",
       [](Leaving& p) {
         EXPECT_FALSE(p.environment.disk.blocking().open("late", OpenMode::create).has_value());
       }},
      {"Disk",
       [](Leaving& p) { EXPECT_FALSE(p.environment.disk.blocking().lock("late").has_value()); }},
      {"Disk", [](Leaving& p) { EXPECT_FALSE(p.blocking_file->write_at(0, "bye").ok()); }},
      {"Tracer: test.bye", [](Leaving& p) { emit(p.environment.tracer, kBye); }},
      {"Clock::arm",
       [](Leaving& p) {
         Alarm late;
         p.environment.clock.arm(late, p.environment.clock.monotonic());
         EXPECT_EQ(late.registration, nullptr);
       }},
  };
  for (const sim::Ending ending : kEndings) {
    for (const auto& [seam, use] : uses) {
      EXPECT_EQ(mistakes_of(use, ending),
                std::vector<std::string>{std::string("a: a destructor used ") + seam});
    }
  }
}

TEST(AfterDeath, ADestructorThatOnlyLetsGoIsRight) {
  const LastAct lets_go[] = {
      [](Leaving&) {},
      [](Leaving& p) { p.connection->close(); },
      [](Leaving& p) { p.listener->close(); },
      [](Leaving& p) { p.alarm.disarm(); },
      [](Leaving& p) { p.request_stop(); },  // wakes who waits, which is dropped
      [](Leaving& p) { (void)p.environment.clock.monotonic(); },
  };
  for (const sim::Ending ending : kEndings) {
    for (const LastAct& last_act : lets_go) {
      EXPECT_EQ(mistakes_of(last_act, ending), std::vector<std::string>());
    }
  }
}

Task<void> wait_long(Environment& environment) {
  const Status slept = co_await environment.clock.sleep_for(1h);
  EXPECT_TRUE(slept.ok());
}

Task<void> wait_for(Task<void>& task) {
  co_await std::move(task);
}

TEST(AfterDeath, ACoroutineThatSurvivesItsIncarnationFailsTheRun) {
  sim::World world(1, {});
  sim::Machine& machine = world.add_machine({.name = "a"});
  world.start(machine, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  auto& process = static_cast<test::IdleProcess&>(machine.process());
  Task<void> kept = wait_long(process.environment());  // by nobody of the incarnation
  process.group().spawn(wait_for(kept));
  world.run_until(kSecond);
  world.end(machine, sim::Ending::kill);
  ASSERT_EQ(world.mistakes().size(), 1u);
  EXPECT_EQ(world.mistakes()[0].machine, "a");
  EXPECT_EQ(world.mistakes()[0].what, "1 coroutine frames survived");
}

}  // namespace
}  // namespace eyrie
