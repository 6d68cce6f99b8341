#include "nodes/query/delta_cache.h"

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_objects.h"
#include "tests/support/sim_world.h"

namespace eyrie::query {
namespace {

Bytes delta_file(storage::PrimaryKeys keys) {
  storage::DeltaLog log;
  log.place = {storage::CollectionId(5), storage::PartitionId(1), storage::SegmentId(9)};
  log.timestamps.assign(keys.size(), storage::Timestamp(70));
  log.keys = std::move(keys);
  return storage::encode_delta_log(log, kOldestFormat).value();
}
Bytes delta_file(std::int64_t key) {
  return delta_file(storage::PrimaryKeys(std::vector<std::int64_t>{key}));
}
constexpr std::size_t kOneDelete = 16;  // its key and its timestamp

class DeltaCacheTest : public testing::Test {
 protected:
  void run(std::function<Task<void>(DeltaCache&)> body, std::size_t bytes_max = 1 << 20) {
    world_.run("query", [&](Environment& environment) {
      return in_cache(environment, state_, body, bytes_max);
    });
  }
  static Task<void> in_cache(Environment& environment, test::MemoryObjectStoreState& state,
                             const std::function<Task<void>(DeltaCache&)>& body,
                             std::size_t bytes_max) {
    test::MemoryObjects objects(environment, state);
    DeltaCache cache(objects, bytes_max);
    co_await body(cache);
  }

  test::MemoryObjectStoreState state_{{{"a", delta_file(1)}, {"b", delta_file(2)}}};
  test::SimTestWorld world_;
};

Task<void> load_together(DeltaCache& cache) {
  std::vector<Task<Result<DeltaLogRef>>> loads;
  for (int i = 0; i < 8; ++i) loads.push_back(cache.get(i % 2 == 0 ? "a" : "b"));
  for (const auto& log : co_await all(std::move(loads))) EXPECT_TRUE(log.has_value());
  EYRIE_CO_ASSERT_OK(co_await cache.get("a"));
  EXPECT_EQ(cache.decoded(), 2U);
}

TEST_F(DeltaCacheTest, AFileThatManySegmentsNeedIsDecodedOnce) {
  run(load_together);
}

Task<void> miss(DeltaCache& cache) {
  std::vector<Task<Result<DeltaLogRef>>> loads;
  for (int i = 0; i < 3; ++i) loads.push_back(cache.get("missing"));
  for (const auto& log : co_await all(std::move(loads))) {
    EYRIE_CO_ASSERT(!log.has_value());
    EXPECT_EQ(log.error().code(), Code::not_found);
  }
  EYRIE_CO_ASSERT_OK(co_await cache.get("a"));
}

TEST_F(DeltaCacheTest, AFailureIsEveryCallersAndIsNotKept) {
  run(miss);
}

Task<void> use_both(DeltaCache& cache) {
  EYRIE_CO_ASSERT_TRY(const DeltaLogRef held, co_await cache.get("a"));
  EYRIE_CO_ASSERT_OK(co_await cache.get("b"));
  EXPECT_EQ(cache.bytes(), kOneDelete);
  EXPECT_EQ(held->keys.size(), 1U);
  EYRIE_CO_ASSERT_OK(co_await cache.get("a"));
  EXPECT_EQ(cache.decoded(), 3U);
}

Task<void> use_once(DeltaCache& cache) {
  EYRIE_CO_ASSERT_OK(co_await cache.get("a"));
  EYRIE_CO_ASSERT_TRY(const DeltaLogRef own, co_await cache.get_once("b"));
  EXPECT_EQ(own->keys.at(0), storage::PrimaryKey(std::int64_t{2}));
  EXPECT_EQ(cache.bytes(), kOneDelete);
  EYRIE_CO_ASSERT_OK(co_await cache.get("a"));
  EXPECT_EQ(cache.decoded(), 2U);
  EXPECT_EQ((co_await cache.get_once("missing")).error().code(), Code::not_found);
}

TEST_F(DeltaCacheTest, WhatOneSegmentNeedsTakesNoRoom) {
  run(use_once, kOneDelete);
}

TEST_F(DeltaCacheTest, WhatWasUsedLongestAgoMakesRoom) {
  run(use_both, kOneDelete);
}

Task<void> use_texts_twice(DeltaCache& cache) {
  EYRIE_CO_ASSERT_OK(co_await cache.get("texts"));
  EXPECT_EQ(cache.bytes(), 0U);
  EYRIE_CO_ASSERT_OK(co_await cache.get("texts"));
  EXPECT_EQ(cache.decoded(), 2U);
}

TEST_F(DeltaCacheTest, ItIsBoundedByWhatLogsTakeInMemoryNotInTheStore) {
  const storage::PrimaryKeys keys(std::vector<std::string>(100, "w"));
  const Bytes file = delta_file(keys);
  ASSERT_LT(2 * file.size(), keys.memory_bytes());
  state_.objects["texts"] = file;
  run(use_texts_twice, keys.memory_bytes());
}

}  // namespace
}  // namespace eyrie::query
