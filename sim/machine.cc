#include "sim/machine.h"

#include <utility>

#include "runtime/metrics.h"
#include "runtime/task_group.h"
#include "sim/network.h"

namespace eyrie::sim {

namespace {

constexpr EventType<1> kPowerCutInDisk{"sim.power_cut_in_disk", Level::info, {"work"}};

}  // namespace

// One start of a machine's process: its seams and, while it lives, the process itself.
class Machine::Incarnation : public DiskHost, public Tracer {
 public:
  Incarnation(Machine& machine, Random random)
      : machine_(machine),
        number_(machine.incarnation_count_),
        executor_(machine.world_.scheduler(), machine, machine.world_.executor_options(),
                  random.stream("executor"), machine.name_id_),
        clock_(machine.world_.scheduler(), machine.clock_, machine, executor_, *this,
               machine.name_id_),
        network_(machine.world_.fabric(), *this, machine.index_),
        disk_(*this, clock_),
        environment_{executor_, clock_,  random.stream("component"), network_, disk_,
                     *this,     metrics_} {}

  void boot(const Boot& boot) {
    root_ = std::make_unique<TaskGroup>(executor_);
    process_ = boot(environment_);
    root_->spawn(run_process());
  }

  // In order: dead; frames dropped; the object graph freed (DESIGN section 4).
  void end() {
    executor_.stop_and_drop_frames();
    const std::int64_t frames = executor_.frames();
    process_.reset();
    root_.reset();
    if (frames != 0 || executor_.frames() != 0) {
      machine_.world_.on_mistake(machine_, std::to_string(frames) + " coroutine frames survived");
    }
  }

  void resume() {
    executor_.resume();
    clock_.resume();
  }

  Environment& environment() { return environment_; }
  Process& process() { return *process_; }

  // --- DiskHost ---
  bool alive() const override { return !executor_.stopped(); }
  void used_after_death(const std::string& seam) override {
    machine_.world_.on_mistake(machine_, "a destructor used " + seam);
  }
  DiskDevice& device() override { return machine_.device_; }
  std::uint32_t incarnation_number() const override { return number_; }
  SimTime now() const override { return machine_.world_.scheduler().now(); }
  EventLog& log() override { return machine_.world_.scheduler().log(); }
  NameId name_id() const override { return machine_.name_id_; }
  void add_blocking_time(SimTime duration) override { machine_.blocking_time_ += duration; }
  void cut_power(DiskWork work) override {
    power_is_cut_ = true;
    emit(*this, kPowerCutInDisk, name_of(work));
    machine_.world_.power_cut_soon(machine_);
  }
  bool power_is_cut() const override { return power_is_cut_; }

  // --- Tracer ---
  void record(const EventHeader& event, std::span<const Field> values) override {
    if (!alive()) {
      used_after_death("Tracer: " + std::string(event.name));
      return;
    }
    machine_.world_.on_trace(machine_, event, values);
  }

 private:
  Task<void> run_process() {
    const Status status = co_await process_->run();
    machine_.world_.on_ended(machine_, Ending::exit, status);
  }

  Machine& machine_;
  std::uint32_t number_;
  SimExecutor executor_;
  SimClock clock_;
  SimNetwork network_;
  SimDisk disk_;
  Metrics metrics_;
  Environment environment_;
  bool power_is_cut_ = false;
  std::unique_ptr<TaskGroup> root_;
  std::unique_ptr<Process> process_;
};

Machine::Machine(MachineWorld& world, MachineIndex index, MachineOptions options, Random random)
    : world_(world),
      index_(index),
      options_(std::move(options)),
      name_id_(world.scheduler().log().intern(options_.name)),
      random_(random),
      cores_(options_.cores),
      clock_(options_.monotonic_start_ns, options_.wall_offset_ns),
      device_(options_.disk_bytes, random.stream("disk")) {}

Machine::~Machine() {
  if (current_ != nullptr) current_->end();
}

void Machine::start(const Boot& boot) {
  EYRIE_CHECK(!running(), options_.name + " is already running");
  powered_ = true;
  paused_ = false;
  stop_requested_ = false;
  ++incarnation_count_;
  device_.locks.clear();
  current_ = std::make_unique<Incarnation>(*this, random_.stream(incarnation_count_));
  current_->boot(boot);
}

CrashReport Machine::end(Ending ending) {
  if (!running()) return ending == Ending::power_cut ? lose_power() : CrashReport{};
  std::unique_ptr<Incarnation> ended = std::move(current_);
  world_.fabric().process_ended(index_, incarnation_count_, ending != Ending::power_cut);
  ended->end();
  dead_.push_back(std::move(ended));
  device_.locks.clear();
  device_.faults.power_cut_at = 0;
  return ending == Ending::power_cut ? lose_power() : CrashReport{};
}

// A killed process left what it wrote to the kernel, which loses it now.
CrashReport Machine::lose_power() {
  if (!powered_) return {};
  powered_ = false;
  const CrashReport report = device_.image.crash(device_.random);
  Scheduler& scheduler = world_.scheduler();
  const std::uint64_t harm = report.writes_lost + report.writes_torn + report.names_lost;
  scheduler.log().effect(scheduler.now(), name_id_, scheduler.log().intern("disk.crash"),
                         static_cast<std::int64_t>(harm), static_cast<std::int64_t>(report.fates),
                         to_string(report));
  return report;
}

void Machine::pause_until(SimTime until) {
  ++pauses_;
  if (until > world_.scheduler().now()) {
    paused_ = true;
    Scheduler& scheduler = world_.scheduler();
    scheduler.at(until, *this, pauses_, name_id_, scheduler.log().intern("resume"));
  } else if (paused_) {
    act(pauses_);
  }
}

void Machine::act(std::uint64_t) {
  paused_ = false;
  if (running()) current_->resume();
}

void Machine::request_stop() {
  if (!running()) return;
  stop_requested_ = true;
  current_->process().request_stop();
}

Environment& Machine::environment() {
  EYRIE_CHECK(running(), options_.name + " is not running");
  return current_->environment();
}

Process& Machine::process() {
  EYRIE_CHECK(running(), options_.name + " is not running");
  return current_->process();
}

}  // namespace eyrie::sim
