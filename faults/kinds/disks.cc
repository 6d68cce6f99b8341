// Disks of the database's machines.
#include "faults/kinds/kinds.h"

namespace eyrie::faults {

namespace {

sim::DiskFaults& disk_of(FaultContext& context, const Fault& fault) {
  return node_of(context, fault.target).device().faults;
}

// Sums over the machines of the database what their disks counted.
std::function<std::int64_t(const FaultContext&)> counted(std::uint64_t sim::DiskFaults::* count) {
  return [count](const FaultContext& context) {
    std::int64_t sum = 0;
    for (const std::string& name : context.nodes) {
      sum += static_cast<std::int64_t>(context.world.find_machine(name)->device().faults.*count);
    }
    return sum;
  };
}

FaultKind rate(std::string name, std::string cause, Ratio sim::DiskFaults::* knob, Ratio value,
               std::uint64_t sim::DiskFaults::* count) {
  return {.name = std::move(name),
          .cause = std::move(cause),
          .begin =
              [knob, value](FaultContext& context, const Fault& fault) {
                disk_of(context, fault).*knob = value;
                return false;
              },
          .end = [knob](FaultContext& context,
                        const Fault& fault) { disk_of(context, fault).*knob = {}; },
          .strikes = counted(count),
          .needs = Needs::disk};
}

FaultKind slow() {
  return {.name = "disk_slow",
          .cause = "a drive tries again and again to read or write a weak sector",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                sim::DiskFaults& disk = disk_of(context, fault);
                disk.slow_until = context.world.now() + fault.duration;
                disk.slow_factor = static_cast<std::int64_t>(10 + fault.peer % 200);
                return false;
              },
          .end = [](FaultContext& context,
                    const Fault& fault) { disk_of(context, fault).slow_until = 0; },
          .strikes = counted(&sim::DiskFaults::slow_operations),
          .needs = Needs::disk};
}

FaultKind full() {
  return {.name = "disk_full",
          .cause = "somebody else's files fill the disk",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                sim::DiskImage& image = node_of(context, fault.target).device().image;
                image.set_capacity(image.capacity() - image.free_bytes());
                return false;
              },
          .end =
              [](FaultContext& context, const Fault& fault) {
                sim::DiskDevice& device = node_of(context, fault.target).device();
                device.image.set_capacity(device.capacity_bytes);
              },
          .strikes = counted(&sim::DiskFaults::full_errors_taken),
          .needs = Needs::disk};
}

// Within the n-th operation from now, wherever that is: in the middle of a checkpoint, a rename, a
// group of records.
FaultKind power_cut_in_write() {
  return {.name = "disk_power_cut",
          .cause = "the power goes while the disk is at work",
          .begin =
              [](FaultContext& context, const Fault& fault) {
                disk_of(context, fault).power_cut_at = 1 + fault.peer % 40;
                return false;
              },
          .end = [](FaultContext& context,
                    const Fault& fault) { disk_of(context, fault).power_cut_at = 0; },
          .strikes = counted(&sim::DiskFaults::power_cuts_taken),
          .needs = Needs::disk};
}

}  // namespace

std::vector<FaultKind> disk_kinds() {
  return {
      slow(),
      full(),
      power_cut_in_write(),
      rate("disk_write_error", "a drive reports that a write failed", &sim::DiskFaults::write_error,
           {1, 20}, &sim::DiskFaults::write_errors_taken),
      rate("disk_sync_error", "a drive reports that a sync failed; what it kept is in doubt",
           &sim::DiskFaults::sync_error, {1, 10}, &sim::DiskFaults::sync_errors_taken),
  };
}

}  // namespace eyrie::faults
