// The process that a seed runs in: what it says, and what becomes of one that says nothing.
#include "scenarios/main/child.h"

#include <csignal>
#include <unistd.h>

#include <gtest/gtest.h>

namespace eyrie::scenarios {
namespace {

std::string never() {
  for (volatile std::uint64_t round = 0;; round = round + 1) {
  }
}

TEST(Child, OneThatEndsSaysWhatItHasToSay) {
  const Result<Child> child = start_child([] { return std::string("done"); }, kSeedSecondsMax);
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(finish_child(*child).value_or(""), "done");
}

TEST(Child, ASeedThatDoesNotEndIsKilledAndHasFailedWithItsReplayLine) {
  const Result<Child> child = start_child(never, 1);
  ASSERT_TRUE(child.has_value());
  const Options options;
  const Summary summary = finish_seed(*child, options, 7);
  EXPECT_EQ(summary.verdict, Verdict::crashed);
  EXPECT_EQ(summary.reason, "the run did not end in 1 s of CPU time");
  EXPECT_TRUE(summary.cut);
  EXPECT_EQ(summary.replay, replay_line(options, 7));
  EXPECT_EQ(kill(child->pid, 0), -1);  // and is gone
}

TEST(Child, OneThatCrashesWasNotCut) {
  const Result<Child> child = start_child(
      [] {
        raise(SIGKILL);
        return std::string();
      },
      kSeedSecondsMax);
  ASSERT_TRUE(child.has_value());
  const Summary summary = finish_seed(*child, Options(), 7);
  EXPECT_EQ(summary.verdict, Verdict::crashed);
  EXPECT_EQ(summary.reason, "the run was ended by Killed");
  EXPECT_FALSE(summary.cut);
}

}  // namespace
}  // namespace eyrie::scenarios
