// Disks of the database's machines.
#include <algorithm>
#include <utility>

#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

sim::DiskDevice& device_of(const FaultContext& context, const Fault& fault) {
  return node_of(context, fault.target).device();
}

std::function<std::int64_t(const FaultContext&, const Fault&)> counted(
    std::uint64_t sim::DiskFaults::* count) {
  return [count](const FaultContext& context, const Fault& fault) {
    return static_cast<std::int64_t>(device_of(context, fault).faults.*count);
  };
}

FaultKind rate(std::string name, std::string cause, Ratio sim::DiskFaults::* knob, Ratio value,
               std::uint64_t sim::DiskFaults::* count) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin = nullptr,
          .end = nullptr,
          .strikes = counted(count),
          .needs = Needs::disk,
          .hold = [knob, value](FaultContext& context, const Fault& fault,
                                std::span<const Fault> under_way) {
            device_of(context, fault).faults.*knob = under_way.empty() ? Ratio() : value;
          }};
}

FaultKind slow() {
  return {.name = "disk_slow",
          .cause = "a drive tries again and again to read or write a weak sector",
          .begin = nullptr,
          .end = nullptr,
          .strikes = counted(&sim::DiskFaults::slow_operations),
          .needs = Needs::disk,
          .hold = [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
            sim::DiskFaults& disk = device_of(context, fault).faults;
            disk.slow_until = last_end(under_way);
            disk.slow_factor = 1;
            for (const Fault& each : under_way) {
              const auto factor = static_cast<std::int64_t>(10 + each.peer % 200);
              disk.slow_factor = std::max(disk.slow_factor, factor);
            }
          }};
}

FaultKind full() {
  return {.name = "disk_full",
          .cause = "somebody else's files fill the disk",
          .begin = nullptr,
          .end = nullptr,
          .strikes = counted(&sim::DiskFaults::full_errors_taken),
          .needs = Needs::disk,
          .hold = [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
            sim::DiskDevice& device = device_of(context, fault);
            const bool is_full = device.image.capacity() < device.capacity_bytes;
            if (under_way.empty()) {
              device.image.set_capacity(device.capacity_bytes);
            } else if (!is_full) {
              device.image.set_capacity(device.capacity_bytes - device.image.free_bytes());
            }
          }};
}

// Within the n-th operation from now, wherever that is: in the middle of a checkpoint, a rename, a
// group of records. `peer` becomes that operation's number.
FaultKind power_cut_in_write() {
  return {.name = "disk_power_cut",
          .cause = "the power goes while the disk is at work",
          .begin =
              [](FaultContext& context, Fault& fault) {
                fault.peer = device_of(context, fault).operations + 1 + fault.peer % 40;
                return false;
              },
          .end = nullptr,
          .strikes =
              [](const FaultContext& context, const Fault& fault) {
                return device_of(context, fault).faults.power_cut_in == fault.peer ? 1 : 0;
              },
          .needs = Needs::disk,
          .hold =
              [](FaultContext& context, const Fault& fault, std::span<const Fault> under_way) {
                sim::DiskDevice& device = device_of(context, fault);
                std::uint64_t next = UINT64_MAX;
                for (const Fault& each : under_way) {
                  if (each.peer > device.operations) next = std::min(next, each.peer);
                }
                device.faults.power_cut_at = next == UINT64_MAX ? 0 : next - device.operations;
              },
          .strikes_alone = true};
}

}  // namespace

std::vector<FaultKind> disk_kinds() {
  return {
      slow(),
      full(),
      power_cut_in_write(),
      rate("disk_write_error", "a drive reports that a write failed", &sim::DiskFaults::write_error,
           {1, 20}, &sim::DiskFaults::write_errors_taken),
      rate("disk_read_error", "a sector of a drive cannot be read", &sim::DiskFaults::read_error,
           {1, 20}, &sim::DiskFaults::read_errors_taken),
      rate("disk_sync_error", "a drive reports that a sync failed; what it kept is in doubt",
           &sim::DiskFaults::sync_error, {1, 10}, &sim::DiskFaults::sync_errors_taken),
  };
}

}  // namespace eyrie::faults
