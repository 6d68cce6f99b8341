#include "runtime/asio/os_random.h"

#include <gtest/gtest.h>

namespace eyrie {
namespace {

TEST(OsRandom, TwoStreamsDiffer) {
  EXPECT_NE(os_random().next(), os_random().next());
}

}  // namespace
}  // namespace eyrie
