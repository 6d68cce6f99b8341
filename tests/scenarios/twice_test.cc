// What two fresh processes are told, and what is made of what they left.
#include "scenarios/main/twice.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "sim/event_log.h"

namespace eyrie::scenarios {
namespace {

constexpr int kCrashed = 6;

class Kept : public sim::EventLog::Sink {
 public:
  void write(BytesView bytes) override { log.append(bytes); }
  Bytes log;
};

// Steps, one a millisecond; the one at `odd` is of another machine.
Bytes log_of(int steps, int odd = -1) {
  Kept kept;
  {
    sim::EventLog log(&kept);
    const sim::NameId machine = log.intern("proxy-1");
    const sim::NameId other = log.intern("proxy-2");
    const sim::NameId what = log.intern("run");
    for (int i = 0; i < steps; ++i) {
      log.step(i * sim::kMillisecond, static_cast<std::uint64_t>(i), i == odd ? other : machine,
               what);
    }
  }
  return kept.log;
}

bool tells(const std::vector<std::string>& arguments, const std::string& name,
           const std::string& value) {
  const auto found = std::find(arguments.begin(), arguments.end(), name);
  return found != arguments.end() && found + 1 != arguments.end() && found[1] == value;
}

TEST(Twice, FreshProcessesAreToldAllThatDecidesTheRun) {
  RunOptions options;
  options.file = "small.yaml";
  options.data = "vectors";
  options.seed = 7;
  options.seed_s_max = 3;
  const std::vector<std::string> plain = fresh_arguments(options);
  EXPECT_EQ(plain[0], "run");
  EXPECT_EQ(plain[1], "small.yaml");
  EXPECT_TRUE(tells(plain, "--data", "vectors"));
  EXPECT_TRUE(tells(plain, "--seed", "7"));
  EXPECT_TRUE(tells(plain, "--seed-limit", "3"));
  EXPECT_EQ(plain.size(), 8u);
  options.calls = 20;
  options.bug = "some_bug";
  EXPECT_TRUE(tells(fresh_arguments(options), "--calls", "20"));
  EXPECT_TRUE(tells(fresh_arguments(options), "--bug", "some_bug"));
}

TEST(Twice, RunsAreTheSameIfTheirLogsAndExitCodesAre) {
  const TwiceResult same = compare({log_of(5), 1, false}, {log_of(5), 1, false}).value();
  EXPECT_TRUE(same.same);
  EXPECT_EQ(same.difference, "");
  const TwiceResult code = compare({log_of(5), 1, false}, {log_of(5), 0, false}).value();
  EXPECT_FALSE(code.same);
  EXPECT_EQ(code.difference, "the logs are the same, but the exit codes are 1 and 0\n");
  const TwiceResult longer = compare({log_of(5), 1, false}, {log_of(6), 1, false}).value();
  EXPECT_FALSE(longer.same);
  EXPECT_FALSE(longer.cut);
  EXPECT_TRUE(longer.difference.starts_with("the runs part at record 5;")) << longer.difference;
}

// Wherever the cut came: before the first byte, within a record, or not in the other at all.
TEST(Twice, OfARunThatWasCutNothingIsKnownBeyondItsEnd) {
  const Bytes whole = log_of(9);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const Fresh cut{whole.substr(0, size), kCrashed, true};
    for (const Fresh& other : {Fresh{whole, kCrashed, true}, Fresh{whole, 0, false}}) {
      for (const auto& [first, second] : {std::pair(cut, other), std::pair(other, cut)}) {
        const Result<TwiceResult> result = compare(first, second);
        ASSERT_TRUE(result.has_value()) << size << ": " << result.error();
        EXPECT_TRUE(result->cut) << size;
        EXPECT_FALSE(result->same) << size;
        EXPECT_EQ(result->difference, "") << size;
      }
    }
  }
}

TEST(Twice, RunsThatPartBeforeTheCutAreNotTheSame) {
  const TwiceResult result =
      compare({log_of(9, 4), kCrashed, true}, {log_of(12), kCrashed, true}).value();
  EXPECT_FALSE(result.cut);
  EXPECT_FALSE(result.same);
  EXPECT_TRUE(result.difference.starts_with("the runs part at record 4;")) << result.difference;
}

TEST(Twice, ALogThatIsNoneIsAnError) {
  EXPECT_FALSE(compare({"no log", 0, false}, {log_of(3), 0, false}).has_value());
}

}  // namespace
}  // namespace eyrie::scenarios
