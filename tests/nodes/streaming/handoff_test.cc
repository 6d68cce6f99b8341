// Flush, checkpoint, load and handoff under random load: every read is exactly what the log says.
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_load.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

using Rows = std::vector<FoundRow>;

Task<void> prepare(TestNode& node) {
  EYRIE_CO_ASSERT_OK(co_await Client(node).create());
  co_await Client(node).load();
}

Task<void> expect_all(TestNode& node) {
  co_await Client(node).load();
  const std::int64_t now = node.world.catalog.fresh_timestamp();
  EYRIE_CO_ASSERT_TRY(const Rows rows, co_await Client(node).scan_at(now));
  EXPECT_EQ(rows, node.world.expected(now));
}

TEST(Handoff, NoRowIsMissingOrDoubledAtAnyInstant) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    ChannelWorld world(seed);
    world.assign("a");
    world.run("a", prepare);
    ChannelLoad load(world, seed);
    load.start("a", 4, 3);
    world.run_for(2s);
    load.stopped = true;
    world.run_for(1s);
    world.run("a", expect_all);
    load.check_acknowledged();
    EXPECT_GT(load.reads, 100);
    EXPECT_EQ(load.reads_failed, 0);
    EXPECT_GT(world.catalog.segments[kShard].size(), 3U);
    EXPECT_GT(world.catalog.deltas[kShard].size(), 0U);
    EXPECT_GT(world.query_nodes.loads, 3);
    EXPECT_GT(world.wal.channels[kChannel].truncated, 0U);
    if (HasFailure()) return;
  }
}

TEST(Handoff, LostWorkersAndAnswersNeverShowAWrongRow) {
  for (std::uint64_t seed = 101; seed <= 108; ++seed) {
    SCOPED_TRACE(seed);
    ChannelWorld world(seed);
    world.assign("a");
    world.run("a", prepare);
    ChannelLoad load(world, seed);
    load.start("a", 4, 3);
    Random random(seed);
    for (int i = 0; i < 15; ++i) {
      world.run_for(Duration(random.between(50'000'000, 400'000'000)));
      const std::int64_t node = random.between(1, 2);
      switch (random.below(5)) {
        case 0:
          world.query_nodes.restart(node);
          break;
        case 1:
          world.query_nodes.nodes[node].down = !world.query_nodes.nodes[node].down;
          break;
        case 2:
          world.query_nodes.apply_answers_to_lose = 3;
          break;
        case 3:
          world.objects.puts_to_fail = 2;
          world.objects.puts_to_lose_answer = 1;
          break;
        default:
          world.catalog.commit_answers_to_lose = 2;
      }
    }
    for (auto& [id, query_node] : world.query_nodes.nodes) query_node.down = false;
    load.stopped = true;
    world.run_for(3s);
    world.run("a", expect_all);
    load.check_acknowledged();
    EXPECT_GT(load.reads, 50);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace eyrie::test
