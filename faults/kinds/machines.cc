// Machines: killed, without power, standing still, with wrong clocks.
#include <algorithm>
#include <utility>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

using sim::Ending;

FaultKind ending(std::string name, std::string cause, Ending how) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin =
              [how](FaultContext& context, const Fault& fault) {
                return end_process(context, node_of(context, fault.target), how, fault.duration);
              },
          .end = nullptr};
}

FaultKind pause() {
  return {.name = "pause",
          .cause = "the process stands still: a stopped virtual machine, a long page fault",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return static_cast<std::int64_t>(node_of(context, fault.target).held_back());
              },
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                node_of(context, fault.target).pause_until(last_end(under_way));
              }};
}

std::int64_t slowness(const Fault& fault) {
  return static_cast<std::int64_t>(10 + fault.peer % 400);
}

// Heartbeats come late, and whoever waits for the machine waits long, though it is alive.
FaultKind slow_processor() {
  return {.name = "slow_processor",
          .cause = "a noisy neighbour takes most of a machine's processor time",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return static_cast<std::int64_t>(node_of(context, fault.target).cores().slowed());
              },
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                std::int64_t factor = 1;
                for (const Fault& each : under_way) factor = std::max(factor, slowness(each));
                node_of(context, fault.target).cores().slow_down(factor, last_end(under_way));
              }};
}

// The clock stays as it was set. It had effect if it was read while the fault lasted: by a
// coordinator whose timestamps begin at it (T1), by a standalone for its leases, or for the date of
// a signature, which is small: S3 lets minutes pass.
FaultKind clock_jump() {
  return {.name = "clock_jump",
          .cause = "a time server or an operator sets the wall clock, forth or back",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                const sim::SimTime by = fault.duration * 4;
                node_of(context, fault.target).clock().jump_wall(fault.peer % 2 == 0 ? by : -by);
                return false;
              },
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                const sim::MachineClock& clock = node_of(context, fault.target).clock();
                return fault.duration == 0 ? 0 : static_cast<std::int64_t>(clock.wall_reads());
              }};
}

std::int64_t drift_ppm(const Fault& fault) {
  return static_cast<std::int64_t>(fault.peer % (2 * sim::kDriftPpmMax + 1)) - sim::kDriftPpmMax;
}

// Of several the last one holds: together they might leave the bound.
FaultKind clock_drift() {
  return {.name = "clock_drift",
          .cause = "a warm quartz: the monotonic clock runs off by up to the drift bound",
          .begin = nullptr,
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                const sim::MachineClock& clock = node_of(context, fault.target).clock();
                return drift_ppm(fault) == 0 ? 0
                                             : static_cast<std::int64_t>(clock.monotonic_reads());
              },
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                const std::int64_t ppm = under_way.empty() ? 0 : drift_ppm(under_way.back());
                node_of(context, fault.target).clock().set_drift(context.world.now(), ppm);
              }};
}

}  // namespace

std::vector<FaultKind> machine_kinds() {
  return {
      ending("process_kill", "the process is killed; its kernel tells the peers", Ending::kill),
      ending("power_cut", "the machine loses power; nobody is told, unsynced writes may be lost",
             Ending::power_cut),
      pause(),
      slow_processor(),
      clock_jump(),
      clock_drift(),
  };
}

}  // namespace eyrie::faults
