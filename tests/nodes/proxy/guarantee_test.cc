#include "nodes/proxy/guarantee.h"

#include <limits>

#include <gtest/gtest.h>

namespace eyrie::proxy {
namespace {

namespace common = milvus::proto::common;

constexpr std::uint64_t kSecond = std::uint64_t{1000} << 18;
constexpr std::uint64_t kNow = 1'000'000 * kSecond;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

Guarantee promise(common::ConsistencyLevel level, std::uint64_t client, std::uint64_t now = kNow) {
  return guarantee_of(level, now, client, 5s).value();
}

TEST(Guarantee, EachLevelPromisesItsOwn) {
  EXPECT_EQ(promise(common::Strong, 7).timestamp, kNow);
  EXPECT_TRUE(promise(common::Strong, 7).exact);
  EXPECT_EQ(promise(common::Bounded, 7).timestamp, kNow - 5 * kSecond);
  EXPECT_FALSE(promise(common::Bounded, 7).exact);
  EXPECT_EQ(promise(common::Session, 7).timestamp, 7U);
  EXPECT_FALSE(promise(common::Session, 7).exact);
  EXPECT_EQ(promise(common::Customized, 7).timestamp, 7U);
  EXPECT_TRUE(promise(common::Customized, 7).exact);
  EXPECT_EQ(promise(common::Eventually, 7).timestamp, 1U);
}

TEST(Guarantee, ALevelThatMilvusDoesNotHavePromisesNothing) {
  for (const int unknown : {-1, 5, 99}) {
    const auto refused = guarantee_of(static_cast<common::ConsistencyLevel>(unknown), kNow, 7, 5s);
    ASSERT_FALSE(refused.has_value()) << unknown;
    EXPECT_EQ(refused.error().code(), Code::invalid_argument) << unknown;
    EXPECT_EQ(refused.error().milvus_code(), 1100) << unknown;
  }
}

TEST(Guarantee, ABoundedReadBeforeTheStalenessHasPassedPromisesTheFirstTimestamp) {
  EXPECT_EQ(promise(common::Bounded, 0, 1).timestamp, 1U);
  EXPECT_EQ(promise(common::Bounded, 0, 5 * kSecond).timestamp, 1U);
  EXPECT_EQ(promise(common::Bounded, 0, 5 * kSecond + 1).timestamp, 1U);
  EXPECT_EQ(promise(common::Bounded, 0, 5 * kSecond + 2).timestamp, 2U);
}

TEST(Guarantee, OneFarInTheFutureIsRefusedWithoutOverflow) {
  EXPECT_TRUE(check_guarantee(1, kNow, 5s).ok());
  EXPECT_TRUE(check_guarantee(kNow + 5 * kSecond, kNow, 5s).ok());
  for (const std::uint64_t absurd : {kNow + 5 * kSecond + 1, kMost / 2, kMost - 1, kMost}) {
    const Status refused = check_guarantee(absurd, kNow, 5s);
    EXPECT_EQ(refused.code(), Code::invalid_argument) << absurd;
    EXPECT_EQ(refused.milvus_code(), 1100) << absurd;
  }
  EXPECT_TRUE(check_guarantee(kMost, kMost, 5s).ok());
}

}  // namespace
}  // namespace eyrie::proxy
