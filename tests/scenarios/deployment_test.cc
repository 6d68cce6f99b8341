// Who of a deployment may end by itself.
#include "scenarios/deployment/deployment.h"

#include <gtest/gtest.h>

#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

const Status kForItsDisk(Code::io_error, "the device failed a write");

struct Deployed {
  explicit Deployed(const Topology& topology)
      : world(1, {}), deployment(world, topology, Settings(), *index::best_kernels()) {}

  sim::Machine& machine(const std::string& name) { return *world.find_machine(name); }
  sim::DiskFaults& disk(const std::string& name) { return machine(name).device().faults; }
  bool may_end(const std::string& name, const Status& status = kForItsDisk) {
    return deployment.may_end(machine(name), status);
  }

  sim::World world;
  Deployment deployment;
};

Topology standalone() {
  Topology topology;
  topology.standalones = 1;
  return topology;
}

constexpr char kAlone[] = "standalone-1";

TEST(Deployment, AStandaloneMayEndForItsDiskOnly) {
  Deployed t(standalone());
  t.disk(kAlone).write_errors_taken = 1;
  for (const Code code : {Code::io_error, Code::disk_full, Code::unknown}) {
    EXPECT_TRUE(t.may_end(kAlone, Status(code, "its disk"))) << name_of(code);
  }
  for (const Code code : {Code::internal, Code::unavailable, Code::data_loss, Code::fenced}) {
    EXPECT_FALSE(t.may_end(kAlone, Status(code, "else"))) << name_of(code);
  }
  EXPECT_FALSE(t.may_end(kAlone, Status()));
}

TEST(Deployment, AStandaloneMayEndForWhateverItsDiskFails) {
  for (std::uint64_t sim::DiskFaults::* count :
       {&sim::DiskFaults::write_errors_taken, &sim::DiskFaults::read_errors_taken,
        &sim::DiskFaults::sync_errors_taken, &sim::DiskFaults::full_errors_taken,
        &sim::DiskFaults::power_cut_in}) {
    Deployed t(standalone());
    EXPECT_FALSE(t.may_end(kAlone));
    t.disk(kAlone).*count = 1;
    EXPECT_TRUE(t.may_end(kAlone));
  }
}

TEST(Deployment, AStandaloneThatWasStartedSinceMayNotEndForAnOldFailure) {
  Deployed t(standalone());
  t.disk(kAlone).sync_errors_taken = 3;
  EXPECT_TRUE(t.may_end(kAlone));
  t.world.end(t.machine(kAlone), sim::Ending::kill);
  t.world.start(t.machine(kAlone));
  EXPECT_FALSE(t.may_end(kAlone));
  t.disk(kAlone).sync_errors_taken = 4;
  EXPECT_TRUE(t.may_end(kAlone));
}

// A slow disk has failed nothing.
TEST(Deployment, ASlowDiskIsNoReasonToEnd) {
  Deployed t(standalone());
  t.disk(kAlone).slow_operations = 7;
  EXPECT_FALSE(t.may_end(kAlone));
}

TEST(Deployment, NobodyOfAClusterMayEndEvenForItsDisk) {
  Deployed t{Topology()};
  for (const auto& machine : t.world.machines()) {
    machine->device().faults.write_errors_taken = 1;
    EXPECT_FALSE(t.may_end(machine->name())) << machine->name();
  }
}

TEST(Deployment, WhoeverIsNotOfItMayEnd) {
  for (const Topology& topology : {Topology(), standalone()}) {
    Deployed t(topology);
    t.world.start(t.world.add_machine({.name = "client-1"}), [](Environment& environment) {
      return std::make_unique<test::IdleProcess>(environment);
    });
    EXPECT_TRUE(t.may_end("client-1", Status(Code::internal, "a client's own reason")));
  }
}

}  // namespace
}  // namespace eyrie::scenarios
