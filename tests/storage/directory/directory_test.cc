#include <gtest/gtest.h>

#include "storage/directory/directory_object_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;
using eyrie::test::MemoryDisk;

constexpr const char* kMachine = "node";

using Opened = Result<std::unique_ptr<DirectoryObjectStore>>;

struct DirectoryTest : testing::Test {
  void run(Task<void> (*body)(Environment&)) { world.run(kMachine, body); }
  ManualTestWorld world{1};
};

Task<void> two_open_one_folder(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto first,
                        co_await DirectoryObjectStore::open(environment, "objects"));
  const Opened second = co_await DirectoryObjectStore::open(environment, "objects");
  EYRIE_CO_ASSERT(!second.has_value());
  EXPECT_EQ(second.error().code(), Code::failed_precondition);
  co_await first->close();
  EXPECT_EQ((co_await first->put("a", "x")).code(), Code::failed_precondition);
  EXPECT_EQ((co_await first->get("a")).error().code(), Code::failed_precondition);
}

TEST_F(DirectoryTest, OneProcessHasAFolder) {
  run(two_open_one_folder);
}

Task<void> foreign_files(Environment& environment) {
  Disk& disk = environment.disk;
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("o/objects/a"));
  EYRIE_CO_ASSERT_OK(co_await disk.make_dir("o/staging"));
  for (const char* path : {"o/objects/stray", "o/objects/a/.tmp@x", "o/objects/torn@",
                           "o/staging/7", "o/staging/note"}) {
    EYRIE_CO_ASSERT_VALUE(const auto file, co_await disk.open(path, OpenMode::create));
    EYRIE_CO_ASSERT_OK(co_await file->write_at(0, "foreign"));
  }
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "o"));
  EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await store->list("", "", 10));
  EXPECT_TRUE(page.objects.empty());
  EXPECT_EQ((co_await store->get("stray")).error().code(), Code::not_found);
  EXPECT_EQ((co_await store->get("torn")).error().code(), Code::data_loss);
  EXPECT_EQ((co_await store->head("torn")).error().code(), Code::data_loss);
  EXPECT_EQ((co_await store->get_range("torn", 0, 1)).error().code(), Code::data_loss);
  EXPECT_EQ((co_await store->put_if_absent("torn", "x")).code(), Code::already_exists);
  EYRIE_CO_ASSERT_VALUE(const auto staged, co_await disk.list("o/staging"));
  EXPECT_TRUE(staged.empty());
  EYRIE_CO_ASSERT_OK(co_await store->put("torn", "whole"));
  EXPECT_EQ((co_await store->get("torn")).value_or(""), "whole");
  co_await store->close();
}

TEST_F(DirectoryTest, ForeignAndTornFilesAreNotObjectsAndLeftoversGo) {
  run(foreign_files);
}

Task<void> rotten(Environment& environment, MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "o"));
  EYRIE_CO_ASSERT_OK(co_await store->put("a", Bytes(200'000, 'x')));
  int damaged_ranges = 0;
  for (int i = 0; i < 50; ++i) {
    EYRIE_CO_ASSERT_OK(co_await store->put("a", Bytes(200'000, 'x')));
    disk.rot("o/objects/a@");
    EXPECT_EQ((co_await store->get("a")).error().code(), Code::data_loss);
    const Result<Bytes> range = co_await store->get_range("a", 70'000, 10);
    if (range) {
      EXPECT_EQ(*range, Bytes(10, 'x'));
    } else {
      EXPECT_EQ(range.error().code(), Code::data_loss);
      ++damaged_ranges;
    }
  }
  EXPECT_GT(damaged_ranges, 5);  // one block of four
  EXPECT_LT(damaged_ranges, 30);
  co_await store->close();
}

TEST_F(DirectoryTest, DamageIsDataLossAlsoInARange) {
  world.run(kMachine,
            [&](Environment& environment) { return rotten(environment, world.disk(kMachine)); });
}

Task<void> full_disk(Environment& environment, MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "o"));
  EYRIE_CO_ASSERT_OK(co_await store->put("a", "old"));
  disk.set_capacity(1'000);
  EXPECT_EQ((co_await store->put("a", Bytes(2'000, 'x'))).code(), Code::disk_full);
  EXPECT_EQ((co_await store->put("b", Bytes(2'000, 'x'))).code(), Code::disk_full);
  EXPECT_EQ((co_await store->get("a")).value_or(""), "old");
  EXPECT_EQ((co_await store->get("b")).error().code(), Code::not_found);
  EYRIE_CO_ASSERT_OK(co_await store->put("c", Bytes(700, 'x')));  // nothing is left behind
  co_await store->close();
}

TEST_F(DirectoryTest, AFullDiskRefusesAndLeavesNothingBehind) {
  world.run(kMachine,
            [&](Environment& environment) { return full_disk(environment, world.disk(kMachine)); });
}

Task<void> many_keys(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto store, co_await DirectoryObjectStore::open(environment, "o"));
  for (int i = 0; i < 300; ++i) {
    EYRIE_CO_ASSERT_OK(co_await store->put("k/" + std::to_string(i % 7) + "/" + std::to_string(i),
                                           std::to_string(i)));
  }
  co_await store->close();
  EYRIE_CO_ASSERT_VALUE(const auto again, co_await DirectoryObjectStore::open(environment, "o"));
  EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await again->list("k/", "", 1'000));
  EXPECT_EQ(page.objects.size(), 300u);
  co_await again->close();
}

TEST_F(DirectoryTest, EveryFolderIsFoundAgain) {
  run(many_keys);
}

}  // namespace
}  // namespace eyrie::storage
