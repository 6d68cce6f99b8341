// Two event logs are compared by their bytes, and where they part is told by their records.
#include "scenarios/main/difference.h"

#include <gtest/gtest.h>

#include "sim/event_log.h"

namespace eyrie::scenarios {
namespace {

class Kept : public sim::EventLog::Sink {
 public:
  void write(BytesView bytes) override { log.append(bytes); }
  Bytes log;
};

// Ten steps, one a millisecond; the one at `odd` is of another machine.
Bytes log_of(int odd, int steps = 10) {
  Kept kept;
  {
    sim::EventLog log(&kept);
    const sim::NameId machine = log.intern("proxy-1");
    const sim::NameId what = log.intern("run");
    for (int i = 0; i < steps; ++i) {
      const sim::NameId other = i == odd ? log.intern("proxy-2") : machine;
      log.step(i * sim::kMillisecond, static_cast<std::uint64_t>(i), other, what);
    }
  }
  return kept.log;
}

TEST(Difference, TheSameBytesHaveNone) {
  const auto same = first_difference(log_of(-1), log_of(-1), 3);
  ASSERT_TRUE(same.has_value()) << same.error();
  EXPECT_FALSE(same->has_value());
}

TEST(Difference, IsTheFirstRecordThatDiffersWithWhatIsAroundIt) {
  const Difference difference = first_difference(log_of(-1), log_of(6), 3).value().value();
  EXPECT_EQ(difference.record, 6u);
  ASSERT_EQ(difference.before.size(), 3u);
  EXPECT_NE(difference.before.back().find("5.000000 ms"), std::string::npos);
  ASSERT_EQ(difference.first.size(), 3u);
  ASSERT_EQ(difference.second.size(), 3u);
  EXPECT_NE(difference.first.front().find("6.000000 ms  proxy-1"), std::string::npos);
  EXPECT_NE(difference.second.front().find("6.000000 ms  proxy-2"), std::string::npos);
  EXPECT_TRUE(describe(difference).starts_with("the runs part at record 6; before it, in both:"));
}

TEST(Difference, OneLogMayEndBeforeTheOther) {
  const Difference difference = first_difference(log_of(-1, 4), log_of(-1), 2).value().value();
  EXPECT_EQ(difference.record, 4u);
  EXPECT_TRUE(difference.first.empty());
  EXPECT_EQ(difference.second.size(), 2u);
  EXPECT_NE(describe(difference).find("(the log ends here)"), std::string::npos);
}

TEST(Difference, OneLogMayEndWithinARecord) {
  const Bytes whole = log_of(-1);
  const Difference difference =
      first_difference(whole.substr(0, whole.size() - 3), whole, 2).value().value();
  EXPECT_EQ(difference.record, 9u);
  EXPECT_TRUE(difference.first.empty());
  EXPECT_EQ(difference.second.size(), 1u);
}

TEST(Difference, WhatIsNoLogIsAnError) {
  EXPECT_EQ(first_difference("hello", "world", 3).error().code(), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::scenarios
