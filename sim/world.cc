#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "sim/tripwire.h"

namespace eyrie::sim {

namespace {

constexpr std::int64_t kMonotonicStartMax = 3'600 * kSecond;
// Every machine believes that it is about 2026, give or take the skew that time servers leave.
constexpr std::int64_t kWallStart = 1'767'225'600 * kSecond;
constexpr SimTime kPowerRestartAfter = 2 * kSecond;

// Of the process, as the tripwires are: who reports its end has no world at hand.
constinit const World* g_running = nullptr;

class Running {
 public:
  explicit Running(const World& world) : before_(std::exchange(g_running, &world)) {}
  ~Running() { g_running = before_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  const ArmedTripwires armed_;
  const World* before_;
};

std::string describe(const EventHeader& event, std::span<const Field> values) {
  std::string text(event.name);
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += " " + std::string(event.fields[i]) + "=";
    if (const auto* number = std::get_if<std::int64_t>(&values[i])) {
      text += std::to_string(*number);
    } else {
      text += std::get<std::string_view>(values[i]);
    }
  }
  return text;
}

}  // namespace

World::World(std::uint64_t seed, WorldOptions options)
    : seed_(seed),
      random_(seed),
      options_(options),
      log_(options.log_sink),
      scheduler_(random_.stream("scheduler"), log_),
      fabric_(scheduler_, random_.stream("fabric"), options.latency),
      what_action_(log_.intern("world")) {}

World::~World() {
  // Processes first, all of them: their frames and connections point into the fabric.
  for (const auto& machine : machines_) machine->end(Ending::kill);
}

Machine& World::add_machine(MachineOptions options) {
  EYRIE_CHECK(find_machine(options.name) == nullptr, "machine names are unique");
  const auto index = static_cast<MachineIndex>(machines_.size());
  Random random = random_.stream("machine").stream(options.name);
  if (options.monotonic_start_ns == 0) {
    options.monotonic_start_ns = random.between(1, kMonotonicStartMax);
  }
  if (options.wall_offset_ns == 0) {
    options.wall_offset_ns = kWallStart - options.monotonic_start_ns +
                             random.between(-options_.wall_skew_max, options_.wall_skew_max);
  }
  machines_.push_back(std::make_unique<Machine>(static_cast<MachineWorld&>(*this), index,
                                                std::move(options), random));
  boots_.emplace_back();
  fabric_.add_machine(*machines_.back());
  return *machines_.back();
}

Machine* World::find_machine(const std::string& name) {
  const auto found = std::find_if(machines_.begin(), machines_.end(),
                                  [&](const auto& machine) { return machine->name() == name; });
  return found != machines_.end() ? found->get() : nullptr;
}

void World::start(Machine& machine, Boot boot) {
  boots_[machine.index()] = std::move(boot);
  start(machine);
}

void World::start(Machine& machine) {
  if (boots_[machine.index()] == nullptr) return;
  const Running running(*this);
  record_effect(&machine, "start", static_cast<std::int64_t>(machine.starts()) + 1, 0, "");
  machine.start(boots_[machine.index()]);
}

CrashReport World::end(Machine& machine, Ending ending, SimTime restart_after) {
  const Running running(*this);
  record_effect(&machine, "end", static_cast<std::int64_t>(ending), restart_after, "");
  const CrashReport report = machine.end(ending);
  if (restart_after < 0) return report;
  at(now() + restart_after, "restart " + machine.name(), [this, &machine] {
    if (!machine.running()) start(machine);
  });
  return report;
}

void World::lose(Machine& machine) {
  boots_[machine.index()] = nullptr;
  end(machine, Ending::power_cut);
}

void World::at(SimTime time, std::string name, std::function<void()> action) {
  actions_.push_back({std::move(name), std::move(action)});
  scheduler_.at(time, *this, actions_.size() - 1, 0, what_action_);
}

bool World::stale(std::uint64_t) const {
  return false;
}

void World::act(std::uint64_t argument) {
  ScheduledAction scheduled = std::move(actions_[argument]);
  record_effect(nullptr, "world", 0, 0, scheduled.name);
  scheduled.action();
}

void World::run_until(SimTime until) {
  run_until(until, [] { return false; });
}

void World::run_until(SimTime until, const std::function<bool()>& done) {
  const Running running(*this);
  while (mistakes_.empty() && !done() && scheduler_.step(until)) {
    if (busy_loop()) return;
  }
}

bool World::busy_loop() {
  if (scheduler_.steps_at_now() < options_.steps_at_one_instant_max) return false;
  add_mistake(log_.name(scheduler_.last_machine()),
              "busy loop: " + std::to_string(scheduler_.steps_at_now()) +
                  " events at one instant, the last one '" + log_.name(scheduler_.last_what()) +
                  "'");
  return true;
}

void World::on_trace(Machine& machine, const EventHeader& event, std::span<const Field> values) {
  log_.trace(now(), machine.name_id(), event, values);
  for (TraceObserver* observer : observers_) observer->on_trace(now(), machine, event, values);
  if (event.level == Level::error) {
    add_mistake(machine.name(), "error event " + describe(event, values));
  }
}

void World::on_mistake(Machine& machine, const std::string& what) {
  add_mistake(machine.name(), what);
}

void World::add_mistake(std::string machine, std::string what) {
  mistakes_.push_back({now(), std::move(machine), std::move(what)});
}

void World::on_ended(Machine& machine, Ending, const Status& status) {
  if (!machine.stop_requested() && may_end_ && !may_end_(machine, status)) {
    add_mistake(machine.name(), "its process ended by itself: " + status.to_string());
  }
  // Called from the process's last coroutine: its frame must be left before it can be dropped.
  const SimTime restart = status.ok() ? -1 : restart_after_exit_;
  at(now(), "exit of " + machine.name() + ": " + status.to_string(),
     [this, &machine, restart, start = machine.starts()] {
       if (machine.starts() == start) end(machine, Ending::exit, restart);
     });
}

void World::power_cut_soon(Machine& machine) {
  at(now(), "power cut of " + machine.name(), [this, &machine, start = machine.starts()] {
    if (machine.starts() == start) end(machine, Ending::power_cut, kPowerRestartAfter);
  });
}

std::string World::where() const {
  const std::string machine = log_.name(scheduler_.last_machine());
  return "seed " + std::to_string(seed_) + ", " + std::to_string(now() / kMillisecond) + " ms" +
         (machine.empty() ? "" : ", " + machine);
}

const World* World::running() {
  return g_running;
}

void World::record_effect(const Machine* machine, std::string_view what, std::int64_t a,
                          std::int64_t b, std::string_view text) {
  log_.effect(now(), machine == nullptr ? 0 : machine->name_id(), log_.intern(what), a, b, text);
}

}  // namespace eyrie::sim
