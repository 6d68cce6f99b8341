// A plant as every build but one sees it.
#include "runtime/plant.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace eyrie {
namespace {

TEST(Plant, IsTheRightExpressionAndNothingElse) {
  int wrong = 0;
  EXPECT_EQ(EYRIE_PLANT(some_mistake, 1 + 1, ++wrong), 2);
  EXPECT_EQ(wrong, 0);
  static_assert(EYRIE_PLANT(some_mistake, true, no_such_name));
}

TEST(Plant, KeepsTheRightExpressionsTypeAndPlace) {
  int right = 1;
  static_assert(std::is_same_v<decltype(EYRIE_PLANT(some_mistake, right, 0)), int&>);
  EYRIE_PLANT(some_mistake, right, 0) = 3;
  EXPECT_EQ(right, 3);
}

}  // namespace
}  // namespace eyrie
