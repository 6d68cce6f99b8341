// Machines: killed, without power, standing still, with wrong clocks.
#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using sim::Ending;
using sim::Machine;

FaultKind process_kill() {
  return {"process_kill", "the process is killed; its kernel tells the peers",
          [](FaultContext& context, const Fault& fault) {
            return end_process(context, node_of(context, fault.target), Ending::kill,
                               fault.duration);
          },
          nothing};
}

FaultKind power_cut() {
  return {"power_cut", "the machine loses power; nobody is told, unsynced writes may be lost",
          [](FaultContext& context, const Fault& fault) {
            return end_process(context, node_of(context, fault.target), Ending::power_cut,
                               fault.duration);
          },
          nothing};
}

FaultKind pause() {
  return {"pause", "the process stands still: a stopped virtual machine, a long page fault",
          [](FaultContext& context, const Fault& fault) {
            Machine& machine = node_of(context, fault.target);
            machine.pause_until(context.world.now() + fault.duration);
            return machine.running();
          },
          [](FaultContext& context, const Fault& fault) {
            node_of(context, fault.target).pause_until(0);
          }};
}

// Heartbeats come late, and whoever waits for the machine waits long, though it is alive.
FaultKind slow_processor() {
  return {"slow_processor", "a noisy neighbour takes most of a machine's processor time",
          [](FaultContext& context, const Fault& fault) {
            Machine& machine = node_of(context, fault.target);
            const auto factor = static_cast<std::int64_t>(10 + fault.peer % 400);
            machine.cores().slow_down(factor, context.world.now() + fault.duration);
            return machine.running();
          },
          [](FaultContext& context, const Fault& fault) {
            node_of(context, fault.target).cores().slow_down(1, 0);
          }};
}

FaultKind clock_jump() {
  return {"clock_jump", "a time server or an operator sets the wall clock, forth or back",
          [](FaultContext& context, const Fault& fault) {
            const sim::SimTime by = fault.duration * 4;
            node_of(context, fault.target).clock().jump_wall(fault.peer % 2 == 0 ? by : -by);
            return true;
          },
          nothing};
}

FaultKind clock_drift() {
  return {"clock_drift", "a warm quartz: the monotonic clock runs off by up to the drift bound",
          [](FaultContext& context, const Fault& fault) {
            const auto ppm = static_cast<std::int64_t>(fault.peer % (2 * sim::kDriftPpmMax + 1)) -
                             sim::kDriftPpmMax;
            node_of(context, fault.target).clock().set_drift(context.world.now(), ppm);
            return ppm != 0;
          },
          [](FaultContext& context, const Fault& fault) {
            node_of(context, fault.target).clock().set_drift(context.world.now(), 0);
          }};
}

}  // namespace

std::vector<FaultKind> machine_kinds() {
  return {process_kill(), power_cut(), pause(), slow_processor(), clock_jump(), clock_drift()};
}

}  // namespace eyrie::faults
