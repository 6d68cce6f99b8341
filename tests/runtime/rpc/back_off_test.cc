#include "runtime/rpc/back_off.h"

#include <gtest/gtest.h>

namespace eyrie::rpc {
namespace {

constexpr MonotonicTime kNow{1h};

TEST(LastAttempt, ATwentiethOfACallsTimeIsLeftForItsAnswer) {
  EXPECT_EQ(last_attempt(kNow, kNow + 4s), kNow + 3'800ms);
}

TEST(LastAttempt, NoMoreThanHalfASecondIsLeft) {
  EXPECT_EQ(last_attempt(kNow, kNow + 1min), kNow + 59'500ms);
}

TEST(LastAttempt, ACallWithoutTimeMayBeginAtOnce) {
  EXPECT_EQ(last_attempt(kNow, kNow), kNow);
  EXPECT_EQ(last_attempt(kNow, kNow + 1ns), kNow + 1ns);
}

}  // namespace
}  // namespace eyrie::rpc
