#include "storage/format/key_stats.h"

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr SegmentPlace kPlace{CollectionId(1), PartitionId(2), SegmentId(3)};

TEST(KeyStats, BoundsAndFilterBothExclude) {
  KeyStats stats(kPlace, FieldId(100), 3);
  EXPECT_FALSE(stats.may_contain(PrimaryKey(std::int64_t{0})));
  ASSERT_TRUE(stats.add(PrimaryKeys(std::vector<std::int64_t>{5, -5, 100})).ok());
  EXPECT_EQ(stats.least(), PrimaryKey(std::int64_t{-5}));
  EXPECT_EQ(stats.greatest(), PrimaryKey(std::int64_t{100}));
  EXPECT_EQ(stats.rows(), 3u);
  EXPECT_TRUE(stats.may_contain(PrimaryKey(std::int64_t{5})));
  EXPECT_FALSE(stats.may_contain(PrimaryKey(std::int64_t{101})));
  EXPECT_FALSE(stats.may_contain(PrimaryKey(std::int64_t{-6})));
  EXPECT_FALSE(stats.may_contain(PrimaryKey(std::string("5"))));
  int inside = 0;
  for (std::int64_t key = 6; key < 100; ++key) inside += stats.may_contain(PrimaryKey(key)) ? 1 : 0;
  EXPECT_LT(inside, 5);
}

TEST(KeyStats, KeysOfTwoKindsAreRefused) {
  KeyStats stats(kPlace, FieldId(100), 3);
  ASSERT_TRUE(stats.add(PrimaryKeys(std::vector<std::string>{"a"})).ok());
  EXPECT_EQ(stats.add(PrimaryKeys(std::vector<std::int64_t>{1})).code(), Code::invalid_argument);
  EXPECT_EQ(stats.rows(), 1u);
}

TEST(KeyStats, ComeBackFromTheirBytesAlsoWhenEmpty) {
  KeyStats stats(kPlace, FieldId(100), 3);
  EXPECT_EQ(decode_key_stats(encode_key_stats(stats)).value(), stats);
  ASSERT_TRUE(stats.add(PrimaryKeys(std::vector<std::string>{"a", "b"})).ok());
  EXPECT_EQ(decode_key_stats(encode_key_stats(stats)).value(), stats);
}

}  // namespace
}  // namespace eyrie::storage
