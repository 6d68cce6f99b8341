#include "storage/format/bloom_filter.h"

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

PrimaryKey number(std::int64_t value) {
  return PrimaryKey(value);
}
PrimaryKey text(std::int64_t value) {
  return PrimaryKey("key " + std::to_string(value));
}

TEST(BloomFilter, NeverDeniesAKeyItHas) {
  BloomFilter filter(2'000);
  for (std::int64_t i = 0; i < 1'000; ++i) {
    filter.add(number(i));
    filter.add(text(i));
  }
  for (std::int64_t i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(filter.may_contain(number(i)));
    EXPECT_TRUE(filter.may_contain(text(i)));
  }
}

TEST(BloomFilter, IsSeldomWrongAtTheNumberOfKeysItWasMadeFor) {
  BloomFilter filter(10'000);
  for (std::int64_t i = 0; i < 10'000; ++i) filter.add(number(i));
  int wrong = 0;
  for (std::int64_t i = 10'000; i < 110'000; ++i) wrong += filter.may_contain(number(i)) ? 1 : 0;
  EXPECT_LT(wrong, 150);  // 75 expected
}

// The bits are stored: another hash or another mapping would lose every filter written so far.
TEST(BloomFilter, BitsAreTheSameOnEveryBuild) {
  BloomFilter filter(4);
  filter.add(number(1));
  filter.add(PrimaryKey(std::string("one")));
  ASSERT_EQ(filter.words().size(), 1u);
  EXPECT_EQ(filter.words()[0], 2966146266188228608u);
}

TEST(BloomFilter, WhatNoBuildWroteIsDataLoss) {
  EXPECT_EQ(BloomFilter::restore(0, {1}).error().code(), Code::data_loss);
  EXPECT_EQ(BloomFilter::restore(33, {1}).error().code(), Code::data_loss);
  EXPECT_EQ(BloomFilter::restore(10, {}).error().code(), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::storage
