// The process that a seed runs in: what it says, and what becomes of one that says nothing.
#include "scenarios/main/child.h"

#include <array>
#include <csignal>
#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace eyrie::scenarios {
namespace {

std::string never() {
  for (volatile std::uint64_t round = 0;; round = round + 1) {
  }
}

std::string wait_for_ever() {
  while (true) pause();
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

TEST(Child, OneThatWaitsForWhatNeverComesIsEndedAfterTenTimesItsLimit) {
  const Result<Child> child = start_child(wait_for_ever, 1);
  ASSERT_TRUE(child.has_value());
  const Summary summary = finish_seed(*child, Options(), 7);
  EXPECT_EQ(summary.reason, "the run did not end in 10 s");
  EXPECT_TRUE(summary.cut);
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

// A process that has begun a child which works on, and is killed. The child's pid.
int orphan_a_child(int work_goes_on) {
  std::array<int, 2> said{};
  EXPECT_EQ(pipe(said.data()), 0);
  const int parent = fork();
  if (parent == 0) {
    const Result<Child> child = start_child(wait_for_ever, kSeedSecondsMax);
    const int pid = child ? child->pid : 0;
    if (write(said[1], &pid, sizeof pid) == sizeof pid) raise(SIGKILL);
    _exit(1);
  }
  close(work_goes_on);
  int pid = 0;
  EXPECT_EQ(read(said[0], &pid, sizeof pid), ssize_t{sizeof pid});
  for (const int end : said) close(end);
  waitpid(parent, nullptr, 0);
  return pid;
}

TEST(Child, OneWhoseParentIsKilledEndsToo) {
  std::array<int, 2> open{};  // by the child, as long as it lives
  ASSERT_EQ(pipe(open.data()), 0);
  const int pid = orphan_a_child(open[1]);
  pollfd ended{.fd = open[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&ended, 1, 10'000), 1) << "it works on";
  if (ended.revents == 0) kill(pid, SIGKILL);
  close(open[0]);
}

}  // namespace
}  // namespace eyrie::scenarios
