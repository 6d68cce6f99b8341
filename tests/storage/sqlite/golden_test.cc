#include "tests/storage/golden.h"

#include <gtest/gtest.h>

#include "storage/sqlite/sqlite_meta_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;

constexpr const char* kMachine = "node";

Task<void> write(Environment& environment) {
  SqliteMetaStore store(environment, "meta.db");
  EYRIE_CO_ASSERT_OK(co_await store.open());
  for (const char* value : {"1", "2", "3"}) {
    Transaction transaction;
    transaction.then.push_back(put_key("a", value));
    EYRIE_CO_ASSERT_OK(co_await store.commit(std::move(transaction)));
  }
  EYRIE_CO_ASSERT_OK(co_await store.compact(3));
  EYRIE_CO_ASSERT_OK(co_await store.grant_lease(10s));
  co_await store.stop();
}

Task<void> place(Environment& environment, const Bytes& bytes) {
  EYRIE_CO_ASSERT_VALUE(const auto file,
                        co_await environment.disk.open("meta.db", OpenMode::create_new));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, bytes));
  EYRIE_CO_ASSERT_OK(co_await file->sync());
}

Task<void> read(Environment& environment) {
  SqliteMetaStore store(environment, "meta.db");
  EYRIE_CO_ASSERT_OK(co_await store.open());
  EYRIE_CO_ASSERT_VALUE(const KeyValue item, co_await get_key(store, "a"));
  EXPECT_EQ(item, (KeyValue{"a", "3", 2, 4, {}}));
  EYRIE_CO_ASSERT_VALUE(const RangeResult old, co_await store.range(single_key("a"), 3, 0));
  EXPECT_EQ(old.items.at(0).value, "2");
  EXPECT_EQ((co_await store.range(single_key("a"), 2, 0)).error().code(), Code::out_of_range);
  EYRIE_CO_ASSERT_OK(co_await store.keep_lease_alive(LeaseId(1)));
  co_await store.stop();
}

Bytes written() {
  ManualTestWorld world(1);
  world.run(kMachine, write);
  const auto file = world.disk(kMachine).open("meta.db", OpenMode::read);
  return (*file)->read_at(0, (*file)->size().value()).value();
}

// Other releases of SQLite may lay the pages out otherwise, so only reading is asked for.
TEST(SqliteGolden, ADatabaseOfVersionOneIsReadAsItWasWritten) {
  const Bytes stored = test::golden_file("v1", "sqlite_meta_store", written());
  ManualTestWorld world(2);
  world.run(kMachine, [&](Environment& environment) { return place(environment, stored); });
  world.run(kMachine, read);
}

}  // namespace
}  // namespace eyrie::storage
