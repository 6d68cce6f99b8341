// What a process takes, as the system says it.
#include "scenarios/live/resources.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace eyrie::scenarios::live {
namespace {

TEST(Resources, AProcessHasMemoryAndDescriptors) {
  const Result<ProcessUse> before = use_of(::getpid());
  ASSERT_TRUE(before.has_value()) << before.error();
  EXPECT_GT(before->resident_bytes, std::uint64_t{1} << 20);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  const Result<ProcessUse> after = use_of(::getpid());
  ::close(file);
  ASSERT_TRUE(after.has_value()) << after.error();
  EXPECT_EQ(after->descriptors, before->descriptors + 1);
}

TEST(Resources, NoProcessIsAnError) {
  EXPECT_EQ(use_of(1 << 30).error().code(), Code::not_found);
}

}  // namespace
}  // namespace eyrie::scenarios::live
