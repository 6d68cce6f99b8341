// Elections: never two that surely lead (T2), and a deposed one's writes fail for ever (T3).
#include "nodes/membership/election.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::membership {
namespace {

using test::CommitFault;
using test::MemoryMeta;
using test::MemoryMetaStore;

// A node that stands for election. Its keep-alives run only while `living` does.
struct Candidate {
  Candidate(Environment& environment, MemoryMetaStore& store, std::int64_t node)
      : meta(environment, store),
        session(environment, meta,
                {"test", "coordinator", NodeId(node), Address{"c" + std::to_string(node), 7'000}},
                {}),
        election(environment, meta, session),
        living(environment.executor) {}

  Task<Status> start() {
    EYRIE_CO_RETURN_IF_ERROR(co_await session.open());
    living.spawn(session.keep_alive());
    co_return Status();
  }
  Task<void> stop() {
    living.cancel();
    co_await living.join();
  }

  MemoryMeta meta;
  Session session;
  Election election;
  TaskGroup living;
};

storage::Transaction guarded_put(const Election& election) {
  storage::Transaction transaction;
  transaction.compares.push_back(election.guard());
  transaction.then.push_back(storage::put_key("x", "written"));
  return transaction;
}

Task<void> watch_both(Environment& environment, Candidate& first, Candidate& second, int& both) {
  while ((co_await environment.clock.sleep_for(10ms)).ok()) {
    if (first.election.surely_leading() && second.election.surely_leading()) ++both;
  }
}

// The first leader's keep-alives stop, as if it hung; it never hears that its lease ended.
Task<void> hangs(MemoryMetaStore& store, Environment& environment) {
  Candidate first(environment, store, 1);
  Candidate second(environment, store, 2);
  EYRIE_CO_ASSERT_OK(co_await first.start());
  EYRIE_CO_ASSERT_OK(co_await second.start());
  EYRIE_CO_ASSERT_OK(co_await first.election.campaign());
  EXPECT_TRUE(first.election.surely_leading());
  co_await first.stop();
  int both = 0;
  TaskGroup watching(environment.executor);
  watching.spawn(watch_both(environment, first, second, both));
  EYRIE_CO_ASSERT_OK(co_await second.election.campaign());
  EXPECT_TRUE(second.election.surely_leading());
  EXPECT_FALSE(first.election.surely_leading());
  EXPECT_GT(second.election.revision(), first.election.revision());
  const auto late = co_await first.meta.commit(guarded_put(first.election));
  EXPECT_TRUE(late && !late->succeeded);
  const auto ours = co_await second.meta.commit(guarded_put(second.election));
  EXPECT_TRUE(ours && ours->succeeded);
  watching.cancel();
  co_await watching.join();
  EXPECT_EQ(both, 0);
  co_await second.stop();
}

struct ElectionTest : testing::Test {
  void run(Task<void> (*body)(MemoryMetaStore&, Environment&)) {
    world.run("node", [&](Environment& environment) { return body(store, environment); });
  }

  test::SimTestWorld world{9};
  MemoryMetaStore store{world.world()};
};

TEST_F(ElectionTest, ALeaderThatHangsSurelyLeadsNoMoreBeforeAnotherDoes) {
  run(hangs);
}

// The take was applied, its answer lost: it is this node's leadership all the same, of one term.
Task<void> lost_answer(MemoryMetaStore& store, Environment& environment) {
  Candidate only(environment, store, 1);
  EYRIE_CO_ASSERT_OK(co_await only.start());
  store.fault = [struck = false](const storage::Transaction&) mutable {
    return std::exchange(struck, true) ? CommitFault::none : CommitFault::lose_answer;
  };
  EYRIE_CO_ASSERT_OK(co_await only.election.campaign());
  const storage::KeyValue& key = store.items.at(std::string(catalog::kLeaderKey));
  EXPECT_EQ(only.election.revision(), key.create_revision);
  EXPECT_EQ(key.create_revision, key.mod_revision);
  co_await only.stop();
}

TEST_F(ElectionTest, ATakeWhoseAnswerWasLostIsStillALeadership) {
  run(lost_answer);
}

Task<void> gives_up(MemoryMetaStore& store, Environment& environment) {
  Candidate first(environment, store, 1);
  Candidate second(environment, store, 2);
  EYRIE_CO_ASSERT_OK(co_await first.start());
  EYRIE_CO_ASSERT_OK(co_await second.start());
  EYRIE_CO_ASSERT_OK(co_await first.election.campaign());
  const MonotonicTime resigned_at = environment.clock.monotonic();
  co_await first.election.resign();
  EXPECT_FALSE(first.election.surely_leading());
  EYRIE_CO_ASSERT_OK(co_await second.election.campaign());
  // Nobody waited for the lease to run out.
  EXPECT_LT(environment.clock.monotonic() - resigned_at, LeaseOptions().time_to_live / 2);
  co_await first.stop();
  co_await second.stop();
}

TEST_F(ElectionTest, WhoResignsLetsAnotherLeadAtOnce) {
  run(gives_up);
}

Task<void> campaign(Candidate& candidate, Status& campaigned) {
  campaigned = co_await candidate.election.campaign();
}

Task<void> asks_in_vain(MemoryMetaStore& store, Environment& environment) {
  Candidate only(environment, store, 1);
  EYRIE_CO_ASSERT_OK(co_await only.start());
  store.travel = Duration(0);
  store.down = true;
  Status campaigned(Code::unknown, "not over");
  TaskGroup group(environment.executor);
  group.spawn(campaign(only, campaigned));
  (void)co_await environment.clock.sleep_for(1s);
  EXPECT_GE(store.ranges, 10U);
  EXPECT_LE(store.ranges, 100U);
  store.down = false;
  (void)co_await environment.clock.sleep_for(1s);
  co_await group.join();
  EYRIE_CO_ASSERT_OK(campaigned);
  EXPECT_TRUE(only.election.surely_leading());
  co_await only.stop();
}

// BUGS.md 8: a store that reopens itself refuses at once, and asking it must leave it time for
// that.
TEST_F(ElectionTest, WhoCannotAskWhoLeadsAsksAgainAfterAPause) {
  run(asks_in_vain);
}

Task<void> loses_session(MemoryMetaStore& store, Environment& environment) {
  Candidate only(environment, store, 1);
  EYRIE_CO_ASSERT_OK(co_await only.start());
  co_await only.stop();
  co_await only.session.close();
  EXPECT_EQ((co_await only.election.campaign()).code(), Code::failed_precondition);
  EXPECT_FALSE(store.items.contains(std::string(catalog::kLeaderKey)));
}

TEST_F(ElectionTest, WithoutASessionNobodyCampaigns) {
  run(loses_session);
}

}  // namespace
}  // namespace eyrie::membership
