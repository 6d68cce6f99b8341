#include "scenarios/live/proxy_choice.h"

#include <gtest/gtest.h>

namespace eyrie::scenarios::live {
namespace {

constexpr MonotonicTime kNow{1h};

TEST(ProxyChoice, TakesThePlannedOneWhereNoneFailed) {
  const ProxyChoice choice(2);
  EXPECT_EQ(choice.choose(0, kNow), 0u);
  EXPECT_EQ(choice.choose(1, kNow), 1u);
  EXPECT_EQ(choice.choose(2, kNow), 0u);  // counted on
}

TEST(ProxyChoice, GoesOnThroughTheOtherForAWhile) {
  ProxyChoice choice(2);
  choice.failed(0, kNow);
  EXPECT_EQ(choice.choose(0, kNow), 1u);
  EXPECT_EQ(choice.choose(1, kNow), 1u);
  EXPECT_EQ(choice.choose(0, kNow + ProxyChoice::kAvoided - 1ms), 1u);
  EXPECT_EQ(choice.choose(0, kNow + ProxyChoice::kAvoided), 0u);
}

TEST(ProxyChoice, TriesThePlannedOneWhereAllFailed) {
  ProxyChoice choice(2);
  choice.failed(0, kNow);
  choice.failed(1, kNow);
  EXPECT_EQ(choice.choose(0, kNow), 0u);
  EXPECT_EQ(choice.choose(1, kNow), 1u);
}

}  // namespace
}  // namespace eyrie::scenarios::live
