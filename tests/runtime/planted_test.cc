// A plant as the planted build sees it.
#define EYRIE_PLANTS
#include <gtest/gtest.h>

#include "runtime/plant.h"

namespace eyrie {
namespace {

class Planted : public testing::Test {
 protected:
  ~Planted() override { plant::chosen_name = {}; }
};

TEST_F(Planted, IsRightWhileNoBugIsChosen) {
  int wrong = 0;
  EXPECT_EQ(EYRIE_PLANT(some_mistake, 2, ++wrong), 2);
  EXPECT_EQ(wrong, 0);
}

TEST_F(Planted, IsWrongOnceItsOwnBugIsChosen) {
  plant::chosen_name = "some_mistake";
  int right = 0;
  EXPECT_EQ(EYRIE_PLANT(some_mistake, ++right, 5), 5);
  EXPECT_EQ(right, 0);
}

TEST_F(Planted, IsRightWhileAnotherBugIsChosen) {
  plant::chosen_name = "some_mistake_of_others";
  EXPECT_EQ(EYRIE_PLANT(some_mistake, 2, 5), 2);
}

}  // namespace
}  // namespace eyrie
