// What the event log says of a disk's operations, and what a failing drive does to them.
#include "sim/disk_operations.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::sim {
namespace {

using Names = std::vector<std::string>;

struct Kept final : EventLog::Sink {
  void write(BytesView bytes) override { all.append(bytes); }
  Bytes all;
};

// A disk without a machine.
struct Host final : DiskHost {
  bool alive() const override { return true; }
  void used_after_death(const std::string&) override {}
  DiskDevice& device() override { return drive; }
  std::uint32_t incarnation_number() const override { return 1; }
  SimTime now() const override { return 0; }
  EventLog& log() override { return events; }
  NameId name_id() const override { return 0; }  // none
  void add_blocking_time(SimTime) override {}
  void cut_power(DiskWork) override {}
  bool power_is_cut() const override { return false; }

  Kept kept;
  EventLog events{&kept};
  DiskDevice drive{1 << 20, Random(1)};
};

TEST(DiskOperations, AFailingDriveFailsNamesAndReadsToo) {
  Host host;
  DiskOperations disk(host);
  const InodeRef inode = disk.open("f", OpenMode::create).value();
  host.drive.faults.write_error = {1, 1};
  EXPECT_EQ(disk.open("g", OpenMode::create).error().code(), Code::io_error);
  EXPECT_EQ(disk.write(*inode, 0, "x").code(), Code::io_error);
  EXPECT_EQ(disk.truncate(*inode, 0).code(), Code::io_error);
  EXPECT_EQ(disk.rename("f", "g").code(), Code::io_error);
  EXPECT_EQ(disk.remove("f").code(), Code::io_error);
  EXPECT_EQ(disk.make_dir("d").code(), Code::io_error);
  EXPECT_EQ(host.drive.faults.write_errors_taken, 6u);
  EXPECT_TRUE(disk.open("f", OpenMode::create).has_value());
  EXPECT_TRUE(disk.read(*inode, 0, 1).has_value());
  host.drive.faults.read_error = {1, 1};
  EXPECT_EQ(disk.open("f", OpenMode::create).error().code(), Code::io_error);
  EXPECT_EQ(disk.open("f", OpenMode::read).error().code(), Code::io_error);
  EXPECT_EQ(disk.read(*inode, 0, 1).error().code(), Code::io_error);
  EXPECT_EQ(disk.list("").error().code(), Code::io_error);
  EXPECT_EQ(host.drive.faults.read_errors_taken, 4u);
  host.drive.faults.sync_error = {1, 1};
  EXPECT_EQ(disk.sync_dir("").code(), Code::io_error);
  EXPECT_EQ(host.drive.image.durable_names(""), Names());
}

// "what text" of each effect on a disk, or of a crash.
Names told_in(BytesView log) {
  Names told;
  EventLogReader reader(log);
  EXPECT_TRUE(reader.open().ok());
  while (true) {
    const Result<std::optional<LogRecord>> record = reader.next();
    EXPECT_TRUE(record.has_value()) << record.error();
    if (!record || !*record) return told;
    if (!(*record)->what.starts_with("disk.")) continue;
    told.push_back((*record)->what + " " + (*record)->text);
  }
}

TEST(DiskOperations, TheLogHasWhatChangesSomethingAndWhatFailsByAFault) {
  Host host;
  DiskOperations disk(host);
  DiskFaults& faults = host.drive.faults;
  EXPECT_TRUE(disk.make_dir("d").ok());
  const InodeRef inode = disk.open("d/f", OpenMode::create).value();
  EXPECT_TRUE(disk.open("d/f", OpenMode::create).has_value());  // is there
  EXPECT_TRUE(disk.write(*inode, 4, "bytes").ok());
  EXPECT_TRUE(disk.read(*inode, 0, 9).has_value());
  EXPECT_TRUE(disk.truncate(*inode, 7).ok());
  EXPECT_TRUE(disk.sync(*inode, inode->changes).ok());
  EXPECT_TRUE(disk.sync(*inode, inode->changes).ok());  // nothing is left to do
  EXPECT_TRUE(disk.rename("d/f", "d/g").ok());
  EXPECT_TRUE(disk.sync_dir("d").ok());
  EXPECT_EQ(disk.remove("d/f").code(), Code::not_found);
  EXPECT_TRUE(disk.remove("d/g").ok());
  EXPECT_EQ(disk.write(*inode, 0, Bytes(2 << 20, 'x')).code(), Code::disk_full);
  EXPECT_EQ(disk.truncate(*inode, 2 << 20).code(), Code::disk_full);
  EXPECT_EQ(faults.full_errors_taken, 2u);
  faults.write_error = faults.read_error = faults.sync_error = {1, 1};
  EXPECT_FALSE(disk.write(*inode, 0, "x").ok());
  EXPECT_FALSE(disk.remove("d/h").ok());
  EXPECT_FALSE(disk.read(*inode, 3, 2).has_value());
  EXPECT_FALSE(disk.list("d").has_value());
  EXPECT_FALSE(disk.sync(*inode, inode->changes).ok());
  EXPECT_FALSE(disk.sync_dir("d").ok());
  host.events.hash();  // hands over what is buffered
  const char* expected[] = {"disk.make_dir d",
                            "disk.create file 1 d/f",
                            "disk.write file 1 at 4 count 5 digest d30345fef8ac3570",
                            "disk.truncate file 1 at 7",
                            "disk.sync file 1 at 0 count 2",
                            "disk.rename d/f -> d/g",
                            "disk.sync_dir count 3 d",
                            "disk.remove d/g",
                            "disk.full file 1 at 0 count 2097152",
                            "disk.full file 1 at 2097152",
                            "disk.write_failed file 1 at 0 count 1",
                            "disk.write_failed d/h",
                            "disk.read_failed file 1 at 3 count 2",
                            "disk.read_failed d",
                            "disk.sync_failed file 1 at 0",
                            "disk.sync_failed d"};
  EXPECT_EQ(told_in(host.kept.all), Names(std::begin(expected), std::end(expected)));
}

// The hash of a log with this done to a disk whose file "f" holds a write that is not synced.
template <class Operation>
std::uint64_t hash_with(Operation operation, std::uint64_t seed = 1) {
  Host host;
  host.drive.random = Random(seed);
  DiskOperations disk(host);
  const InodeRef inode = disk.open("f", OpenMode::create).value();
  EXPECT_TRUE(disk.write(*inode, 0, "bytes").ok());
  EXPECT_TRUE(disk.write(*inode, 5, "more").ok());
  operation(disk, *inode);
  return host.events.hash();
}

TEST(DiskOperations, DisksThatDifferHaveOtherHashesThoughNobodyReads) {
  const std::set<std::uint64_t> hashes = {
      hash_with([](DiskOperations&, Inode&) {}),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.write(f, 1, "x"); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.write(f, 1, "y"); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.write(f, 2, "x"); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.truncate(f, 2); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.truncate(f, 3); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.sync(f, 1); }),
      hash_with([](DiskOperations& disk, Inode& f) { (void)disk.sync(f, 2); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.sync_dir(""); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.rename("f", "g"); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.rename("f", "h"); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.remove("f"); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.make_dir("g"); }),
      hash_with([](DiskOperations& disk, Inode&) { (void)disk.open("g", OpenMode::create); }),
  };
  EXPECT_EQ(hashes.size(), 14u);
}

TEST(DiskOperations, WhatAFailedSyncLeftIsInTheHash) {
  std::map<std::uint64_t, Bytes> left;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    Bytes durable;
    const std::uint64_t hash = hash_with(
        [&](DiskOperations& disk, Inode& inode) {
          disk.host().device().faults.sync_error = {1, 1};
          EXPECT_EQ(disk.sync(inode, inode.changes).code(), Code::io_error);
          durable = inode.durable;
          disk.host().device().faults.sync_error = {};
          EXPECT_TRUE(disk.sync(inode, inode.changes).ok());
          EXPECT_EQ(inode.durable, durable);  // ok, but nothing comes back
        },
        seed);
    EXPECT_EQ(left.emplace(hash, durable).first->second, durable);
  }
  EXPECT_EQ(left.size(), 4u);
}

Task<void> write_unsynced(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const auto file, co_await environment.disk.open("f", OpenMode::create));
  EYRIE_CO_ASSERT_OK(co_await environment.disk.sync_dir(""));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, "bytes"));
}

TEST(Machine, WhatAPowerCutDidToTheDiskIsReturnedAndLogged) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    for (const Ending ending : {Ending::power_cut, Ending::kill}) {
      Kept kept;
      WorldOptions options;
      options.log_sink = &kept;
      test::SimTestWorld world(seed, options);
      world.run("a", write_unsynced);
      Machine& machine = world.sim_machine("a");
      const CrashReport report = world.world().end(machine, ending);
      world.world().trace_hash();  // hands over what is buffered
      const std::string last = told_in(kept.all).back();
      if (ending == Ending::kill) {
        EXPECT_EQ(report.fates, 0u);
        EXPECT_TRUE(last.starts_with("disk.write ")) << last;
        EXPECT_EQ(machine.device().image.open("f", OpenMode::read).value()->current, "bytes");
        continue;
      }
      const bool harmed = report.writes_lost + report.writes_torn > 0;
      EXPECT_EQ(last, "disk.crash " + std::to_string(harmed ? 1 : 0) + " " +
                          std::to_string(static_cast<std::int64_t>(report.fates)) + " " +
                          to_string(report));
      seen.insert(to_string(report));
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"writes: 1 kept, 0 lost, 0 torn; names: 0 kept, 0 lost",
                                         "writes: 0 kept, 1 lost, 0 torn; names: 0 kept, 0 lost",
                                         "writes: 0 kept, 0 lost, 1 torn; names: 0 kept, 0 lost"}));
}

}  // namespace
}  // namespace eyrie::sim
