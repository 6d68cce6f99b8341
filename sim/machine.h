// Machine: a computer of the simulated world: cores, clocks, a disk, a place on the network, and
// the process that runs on it, one incarnation after another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/executor.h"
#include "sim/fabric.h"
#include "sim/process.h"

namespace eyrie::sim {

struct MachineOptions {
  std::string name;
  std::size_t cores = 2;
  std::uint64_t disk_bytes = 4ULL << 30;
  // How its clocks start; the world draws what is not given.
  std::int64_t monotonic_start_ns = 0;
  std::int64_t wall_offset_ns = 0;
};

enum class Ending : std::uint8_t {
  exit,       // the process ended by itself
  kill,       // kill -9: the kernel lives, tells the peers, and keeps what was written
  power_cut,  // nobody is told, and what was not synced may be lost
};

// What a machine needs of its world.
class MachineWorld {
 public:
  virtual Scheduler& scheduler() = 0;
  virtual Fabric& fabric() = 0;
  virtual ExecutorOptions executor_options() const = 0;
  virtual void on_trace(class Machine& machine, const EventHeader& event,
                        std::span<const Field> values) = 0;
  virtual void on_mistake(class Machine& machine, const std::string& what) = 0;
  virtual void on_ended(class Machine& machine, Ending ending, const Status& status) = 0;
  // Ends the machine's process at this instant, but not within the present call.
  virtual void power_cut_soon(class Machine& machine) = 0;

 protected:
  ~MachineWorld() = default;
};

class Machine final : public ExecutorHost, public FabricHost, private Actor {
 public:
  Machine(MachineWorld& world, MachineIndex index, MachineOptions options, Random random);
  ~Machine();

  const std::string& name() const override { return options_.name; }
  NameId name_id() const override { return name_id_; }
  MachineIndex index() const { return index_; }

  // Starts a new incarnation; none may be running.
  void start(const Boot& boot);
  // Ends it at once (Ending::exit only from within). No code of it runs but destructors. Returns
  // what a power cut did to the disk.
  CrashReport end(Ending ending);
  bool running() const { return current_ != nullptr; }
  // Asks the process to end in order; it ends some time later.
  void request_stop();
  bool stop_requested() const { return stop_requested_; }  // since it was started
  // The running process. Its environment, for a world's own tasks.
  Environment& environment();
  Process& process();

  // Nothing of the machine runs until then, and its clocks go on: a stopped process, a paused VM.
  // A time that is not in the future ends a pause at once.
  void pause_until(SimTime until);
  // How often something came due while it was paused.
  std::uint64_t held_back() const { return held_back_; }
  MachineClock& clock() { return clock_; }
  DiskDevice& device() { return device_; }
  const DiskDevice& device() const { return device_; }
  Cores& cores() override { return cores_; }
  std::uint64_t starts() const { return incarnation_count_; }

  bool paused() const override { return paused_; }
  void hold_back() override { ++held_back_; }
  SimTime take_blocking_time() override { return std::exchange(blocking_time_, 0); }
  bool powered() const override { return powered_; }
  std::uint32_t incarnation() const override { return running() ? incarnation_count_ : 0; }

 private:
  class Incarnation;

  CrashReport lose_power();

  // The end of a pause.
  bool stale(std::uint64_t argument) const override { return !paused_ || argument != pauses_; }
  void act(std::uint64_t argument) override;

  MachineWorld& world_;
  MachineIndex index_;
  MachineOptions options_;
  NameId name_id_;
  Random random_;
  Cores cores_;
  MachineClock clock_;
  DiskDevice device_;
  bool stop_requested_ = false;
  bool paused_ = false;
  std::uint64_t pauses_ = 0;  // begun or moved; what ends an older one is stale
  std::uint64_t held_back_ = 0;
  SimTime blocking_time_ = 0;
  bool powered_ = true;
  std::uint32_t incarnation_count_ = 0;
  std::unique_ptr<Incarnation> current_;
  // Dead ones keep their executors and clocks, which stale events still name.
  std::vector<std::unique_ptr<Incarnation>> dead_;
};

}  // namespace eyrie::sim
