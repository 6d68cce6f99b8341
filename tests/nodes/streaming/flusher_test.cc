// What a flush tells of being refused.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

// Instead of the world's, which takes an error for its own mistake.
class Errors final : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field> values) override {
    if (event.name == "streaming.flush_retried") ++rounds;
    if (event.level != Level::error) return;
    told.emplace_back(std::string(event.name) + ": " +
                      std::string(std::get<std::string_view>(values.back())));
  }

  int rounds = 0;
  std::vector<std::string> told;
};

Task<void> serve(TestNode& node) {
  internal::AssignChannelRequest request;
  request.set_channel(kChannel);
  request.set_term(node.world.catalog.assign(kChannel));
  auto state = internal::CHANNEL_OPENING;
  while (state != internal::CHANNEL_SERVING) {
    *request.mutable_command() = Client(node).command();
    EYRIE_CO_ASSERT_TRY(const auto answer, node.table.assign(request));
    state = answer.state();
    (void)co_await node.environment.clock.sleep_for(5ms);
  }
}

// Rows that are flushed while every commit is refused with each of these in turn, for some seconds.
Task<void> flush_refused(TestNode& machine, Errors& errors, std::vector<Status> refusals) {
  Environment& there = machine.environment;
  Environment environment{there.executor, there.clock, there.random.stream("told"),
                          there.network,  there.disk,  errors};
  TestNode node(environment, machine.world);
  co_await serve(node);
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  EYRIE_CO_ASSERT_OK(co_await Client(node).append(internal::APPEND_INSERT, {row_of(1, 1)}));
  FakeCatalog& catalog = node.world.catalog;
  catalog.commit_refusal = refusals.front();
  EYRIE_CO_ASSERT_OK(co_await Client(node).seal(node.world.catalog.fresh_timestamp()));
  for (const Status& refusal : refusals) {
    catalog.commit_refusal = refusal;
    (void)co_await environment.clock.sleep_for(5s);
  }
  EXPECT_GT(errors.rounds, 2 * static_cast<int>(refusals.size()));
  EXPECT_TRUE(catalog.segments[kShard].empty());
  catalog.commit_refusal = Status();
  (void)co_await environment.clock.sleep_for(5s);
  EXPECT_EQ(catalog.segments[kShard].size(), 1U);
  co_await node.table.stop();
}

std::vector<std::string> told_of(std::vector<Status> refusals) {
  ChannelWorld world;
  Errors errors;
  world.run("a", [&](TestNode& node) { return flush_refused(node, errors, refusals); });
  return errors.told;
}

TEST(Flusher, WhatIsRefusedForGoodIsToldAsAnErrorOnceForEachReason) {
  const Status wrong(Code::invalid_argument, "no such shard");
  const Status lost(Code::data_loss, "a record is damaged");
  EXPECT_EQ(told_of({wrong, lost, wrong}),
            (std::vector<std::string>{"streaming.flush_refused: " + wrong.to_string(),
                                      "streaming.flush_refused: " + lost.to_string()}));
}

TEST(Flusher, WhatMayPassIsNoError) {
  EXPECT_EQ(told_of({Status(Code::unavailable, "no leader"), Status(Code::unknown, "lost"),
                     Status(Code::disk_full, "no space left"),
                     Status(Code::failed_precondition, "the clock is wrong")}),
            std::vector<std::string>());
}

}  // namespace
}  // namespace eyrie::test
