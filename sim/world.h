// World: a whole simulated deployment, run by one seed.
//
//   World world(seed, options);
//   Machine& server = world.add_machine({.name = "server"});
//   world.start(server, boot);
//   world.run_until(10 * kSecond);
//
// Everything that happens is in the event log. A world is used from one thread and shares nothing
// with another.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/event_log.h"
#include "sim/machine.h"

namespace eyrie::sim {

struct WorldOptions {
  LatencyOptions latency;
  ExecutorOptions executor;
  SimTime wall_skew_max = 500 * kMillisecond;  // of a wall clock at its start
  std::uint64_t steps_at_one_instant_max = 100'000;
  EventLog::Sink* log_sink = nullptr;
};

// Why a run failed by itself, before any property is asked.
struct Mistake {
  SimTime time = 0;
  std::string machine;
  std::string what;
};

// Sees every trace event, e.g. to mark coverage or to follow a segment's life.
class TraceObserver {
 public:
  virtual ~TraceObserver() = default;
  virtual void on_trace(SimTime time, const Machine& machine, const EventHeader& event,
                        std::span<const Field> values) = 0;
};

class World : private MachineWorld, private Actor {
 public:
  World(std::uint64_t seed, WorldOptions options);
  ~World();

  // Machines live as long as the world. Drawn for each: the start of its clocks.
  Machine& add_machine(MachineOptions options);
  Machine* find_machine(const std::string& name);
  const std::deque<std::unique_ptr<Machine>>& machines() const { return machines_; }

  // Remembers how, for restarts; start(machine) again uses it.
  void start(Machine& machine, Boot boot);
  void start(Machine& machine);
  // Ends it now; with restart_after >= 0 it starts again after that long. Returns what a power cut
  // did to the disk.
  CrashReport end(Machine& machine, Ending ending, SimTime restart_after = -1);
  // For good: what runs on it loses power, and nothing starts it any more.
  void lose(Machine& machine);
  // A process that ends by itself with an error starts again after this long; < 0: never.
  void set_supervision(SimTime restart_after) { restart_after_exit_ = restart_after; }
  // Whether a process may end by itself, with that status; one that may not is a mistake, named. By
  // default all may.
  using MayEnd = std::function<bool(const Machine& machine, const Status& status)>;
  void set_may_end(MayEnd may_end) { may_end_ = std::move(may_end); }

  // Runs `action` at that time as a step of the world itself.
  void at(SimTime time, std::string name, std::function<void()> action);
  // Runs events up to `until`, or until `done`, or until a mistake; then the time is at most
  // `until`.
  void run_until(SimTime until);
  void run_until(SimTime until, const std::function<bool()>& done);

  SimTime now() const { return scheduler_.now(); }
  std::uint64_t steps() const { return scheduler_.steps(); }
  Scheduler& scheduler() override { return scheduler_; }
  Fabric& fabric() override { return fabric_; }
  EventLog& log() { return log_; }
  std::uint64_t trace_hash() { return log_.hash(); }
  Random random(std::string_view name) const { return random_.stream(name); }

  // "seed 7, 12345 ms, server": whose step it takes or took last; no machine for its own ones.
  std::string where() const;
  // The one that runs in this process now, for who says where the process came to its end. Or null.
  static const World* running();

  void add_observer(TraceObserver& observer) { observers_.push_back(&observer); }
  // A fault or store effect, for the log.
  void record_effect(const Machine* machine, std::string_view what, std::int64_t a, std::int64_t b,
                     std::string_view text);

  const std::vector<Mistake>& mistakes() const { return mistakes_; }
  void add_mistake(std::string machine, std::string what);

 private:
  struct ScheduledAction {
    std::string name;
    std::function<void()> action;
  };

  ExecutorOptions executor_options() const override { return options_.executor; }
  void on_trace(Machine& machine, const EventHeader& event, std::span<const Field> values) override;
  void on_mistake(Machine& machine, const std::string& what) override;
  void on_ended(Machine& machine, Ending ending, const Status& status) override;
  void power_cut_soon(Machine& machine) override;

  bool stale(std::uint64_t argument) const override;
  void act(std::uint64_t argument) override;
  bool busy_loop();

  std::uint64_t seed_;
  Random random_;
  WorldOptions options_;
  EventLog log_;
  Scheduler scheduler_;
  Fabric fabric_;
  NameId what_action_;
  SimTime restart_after_exit_ = -1;
  MayEnd may_end_;
  std::deque<std::unique_ptr<Machine>> machines_;
  std::vector<Boot> boots_;  // by machine; none of one that was lost
  std::deque<ScheduledAction> actions_;
  std::vector<TraceObserver*> observers_;
  std::vector<Mistake> mistakes_;
};

}  // namespace eyrie::sim
