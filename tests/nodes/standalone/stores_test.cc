// The data folder: made, found again, and refused where it must be.
#include "nodes/standalone/stores.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::standalone {
namespace {

using test::ManualTestWorld;

constexpr char kMachine[] = "alone";

Task<void> write_file(Environment& environment, std::string path, Bytes content) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<File> file,
                      co_await environment.disk.open(path, OpenMode::create));
  EYRIE_CO_ASSERT_OK(co_await file->truncate(0));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, content));
  EYRIE_CO_ASSERT_OK(co_await file->sync());
  EYRIE_CO_ASSERT_OK(co_await environment.disk.sync_dir(""));
}

Task<void> open_and_close(Environment& environment, Status& status) {
  Result<std::unique_ptr<StandaloneStores>> stores = co_await StandaloneStores::open(environment);
  status = stores ? Status() : stores.error();
  if (stores) co_await (*stores)->close();
}

Task<void> put_and_close(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<StandaloneStores> stores,
                      co_await StandaloneStores::open(environment));
  EYRIE_CO_ASSERT_OK(co_await stores->objects().put("a/key", "object"));
  co_await stores->close();
}

Task<void> expect_put(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<StandaloneStores> stores,
                      co_await StandaloneStores::open(environment));
  EYRIE_CO_ASSERT_TRY(const Bytes object, co_await stores->objects().get("a/key"));
  EXPECT_EQ(object, "object");
  co_await stores->close();
}

Task<void> open_twice(Environment& environment, Status& second) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<StandaloneStores> first,
                      co_await StandaloneStores::open(environment));
  co_await open_and_close(environment, second);
  co_await first->close();
}

TEST(StandaloneStores, AreFoundAgain) {
  ManualTestWorld world(1);
  world.run(kMachine, put_and_close);
  world.run(kMachine, expect_put);
}

TEST(StandaloneStores, AreRefusedToASecondProcess) {
  ManualTestWorld world(1);
  Status second;
  world.run(kMachine, [&](Environment& e) { return open_twice(e, second); });
  EXPECT_EQ(second.code(), Code::failed_precondition);
}

TEST(StandaloneStores, OfANewerFormatAreRefused) {
  ManualTestWorld world(1);
  Status status;
  world.run(kMachine, put_and_close);
  world.run(kMachine, [](Environment& e) { return write_file(e, "format", "eyrie data 2\n"); });
  world.run(kMachine, [&](Environment& e) { return open_and_close(e, status); });
  EXPECT_EQ(status.code(), Code::unsupported);
  world.run(kMachine, [](Environment& e) { return write_file(e, "format", "eyrie data 1\n"); });
  world.run(kMachine, expect_put);
}

TEST(StandaloneStores, WithoutAReadableFormatAreRefused) {
  ManualTestWorld world(1);
  Status status;
  world.run(kMachine, [](Environment& e) { return write_file(e, "format", "something\n"); });
  world.run(kMachine, [&](Environment& e) { return open_and_close(e, status); });
  EXPECT_EQ(status.code(), Code::data_loss);
}

TEST(StandaloneStores, AreNotMadeBesideOtherFiles) {
  ManualTestWorld world(1);
  Status status;
  world.run(kMachine, [](Environment& e) { return write_file(e, "letters", "dear all"); });
  world.run(kMachine, [&](Environment& e) { return open_and_close(e, status); });
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("letters"), std::string::npos) << status;
}

// At every call of the disk in turn the machine goes, and nothing that is left keeps the next start
// from having whole stores.
TEST(StandaloneStores, AreMadeWholeAfterAPowerCutInTheMiddle) {
  std::uint64_t call = 1;
  for (Status status(Code::unknown, "cut off"); !status.ok(); ++call) {
    ManualTestWorld world(call);
    world.disk(kMachine).stop_at(call);
    world.run(kMachine, [&](Environment& e) { return open_and_close(e, status); });
    world.cut_power(kMachine);
    world.run(kMachine, put_and_close);
    world.run(kMachine, expect_put);
  }
  EXPECT_GT(call, 20u);
}

TEST(StandaloneStores, OnAFullDiskAreRefusedAndMadeLater) {
  constexpr std::uint64_t kSizes[] = {0, 8, 64, 512, 4'096};
  for (const std::uint64_t bytes : kSizes) {
    ManualTestWorld world(1);
    Status status;
    world.disk(kMachine).set_capacity(bytes);
    world.run(kMachine, [&](Environment& e) { return open_and_close(e, status); });
    EXPECT_EQ(status.code(), Code::disk_full) << "of " << bytes << " bytes: " << status;
    world.disk(kMachine).set_capacity(1u << 30);
    world.run(kMachine, put_and_close);
    world.run(kMachine, expect_put);
  }
}

}  // namespace
}  // namespace eyrie::standalone
