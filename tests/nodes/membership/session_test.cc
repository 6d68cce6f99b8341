// Sessions: a registration is lost with its lease and by nothing else.
#include "nodes/membership/session.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/settings/all.h"
#include "runtime/combine.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_meta.h"
#include "tests/support/sim_world.h"

namespace eyrie::membership {
namespace {

using test::CommitFault;
using test::MemoryMeta;
using test::MemoryMetaStore;

NodeIdentity identity() {
  return {"test", "query", NodeId(4), Address{"node", 7'000}};
}

const storage::KeyValue* registration(const MemoryMetaStore& store) {
  const auto found = store.items.find(catalog::session_key("query", 4));
  return found != store.items.end() ? &found->second : nullptr;
}

struct SessionTest : testing::Test {
  using Body = Task<void> (*)(MemoryMetaStore&, Environment&);

  void run(Body body) {
    world.run("node", [&](Environment& environment) { return body(store, environment); });
  }
  // The next transactions, each with its fault; then none.
  void script(std::vector<CommitFault> faults) {
    store.fault = [faults = std::move(faults),
                   next = std::size_t(0)](const storage::Transaction&) mutable {
      return next < faults.size() ? faults[next++] : CommitFault::none;
    };
  }

  test::SimTestWorld world{3};
  MemoryMetaStore store{world.world()};
};

// Open, then whatever was on the way arrives: the registration is still this session's.
Task<void> stays_registered(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity(), {});
  EYRIE_CO_ASSERT_OK(co_await session.open());
  store.deliver();
  EYRIE_CO_ASSERT(registration(store) != nullptr);
  EXPECT_EQ(registration(store)->lease, session.lease());
  EXPECT_EQ(registration(store)->mod_revision, session.incarnation().value);
}

TEST(LeaseOptions, ALongLeaseDriftsFurtherAndIsNotAskedForLessOften) {
  const auto of = [](const char* lease) {
    return lease_options(settings::load({{{"membership.lease", lease, "here"}}}).value());
  };
  EXPECT_EQ(of("10s").drift_margin, 100ms);
  EXPECT_EQ(of("10s").keep_alive_interval, 2s);
  EXPECT_EQ(of("10m").drift_margin, 2'400ms);  // 1000 ppm on both sides are 1.2 s
  EXPECT_EQ(of("10m").keep_alive_interval, 2s);
  EXPECT_EQ(of("2s").keep_alive_interval, 400ms);
}

TEST_F(SessionTest, APutThatIsAppliedLateReplacesNoLaterOneOfTheSameSession) {
  script({CommitFault::late, CommitFault::late});
  run(stays_registered);
}

TEST_F(SessionTest, APutWhoseAnswerWasLostIsFoundByItsLease) {
  script({CommitFault::lose_answer});
  run(stays_registered);
  EXPECT_EQ(store.leases_granted, 1);
}

TEST_F(SessionTest, ALostPutIsRepeatedOnTheSameLease) {
  script({CommitFault::lose, CommitFault::refuse});
  run(stays_registered);
  EXPECT_EQ(store.leases_granted, 1);
}

// The process that sent the late put is gone; its successor must stay what it is, also once the
// lease of the late put ends.
Task<void> successor(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity(), {});
  EYRIE_CO_ASSERT_OK(co_await session.open());
  store.deliver();
  TaskGroup tasks(co_await this_scope());
  tasks.spawn(session.keep_alive());
  EXPECT_TRUE((co_await environment.clock.sleep_for(30s)).ok());
  store.expire();
  EXPECT_TRUE(session.held());
  EXPECT_NE(registration(store), nullptr);
  if (registration(store) != nullptr) {
    EXPECT_EQ(registration(store)->mod_revision, session.incarnation().value);
  }
  tasks.cancel();
  co_await tasks.join();
}

Task<void> open_and_vanish(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity(), {});
  EXPECT_FALSE((co_await with_deadline(environment.clock, environment.clock.monotonic() + 1s,
                                       session.open()))
                   .ok());
}

TEST_F(SessionTest, APutOfAnEarlierProcessThatIsAppliedLateDoesNotLoseItsSuccessor) {
  store.fault = [](const storage::Transaction&) { return CommitFault::late; };
  run(open_and_vanish);
  script({});
  run(successor);
}

Task<void> replaces(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session earlier(environment, meta, identity(), {});
  EYRIE_CO_ASSERT_OK(co_await earlier.open());
  Session later(environment, meta, identity(), {});
  EYRIE_CO_ASSERT_OK(co_await later.open());
  EXPECT_GT(later.incarnation(), earlier.incarnation());
  EXPECT_EQ(registration(store)->lease, later.lease());
  // What goes with the earlier one's lease is not the later one's registration.
  co_await earlier.close();
  EXPECT_NE(registration(store), nullptr);
  co_await later.close();
  EXPECT_EQ(registration(store), nullptr);
}

TEST_F(SessionTest, ALaterSessionReplacesAnEarlierOnesRegistration) {
  run(replaces);
}

// The cluster's format.

void set_format(MemoryMetaStore& store, std::int32_t format) {
  catalog::StoreRecord record;
  record.set_format(format);
  storage::Transaction transaction;
  transaction.then.push_back(
      storage::put_key(std::string(catalog::kStoreKey), catalog::encode_record(record)));
  EYRIE_CHECK(store.apply(transaction).has_value());
}

NodeIdentity identity_of(Release release) {
  NodeIdentity self = identity();
  self.release = release;
  return self;
}

Task<void> is_refused(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity_of(Release::first), {});
  const Status opened = co_await session.open();
  EXPECT_EQ(opened, Status(Code::unsupported,
                           "its format is 2, written by a newer version; this one, held to an "
                           "older release (node.release), reads up to 1"));
  EXPECT_EQ(registration(store), nullptr);
}

TEST_F(SessionTest, ANodeOfAnOlderReleaseThanTheFormatIsRefused) {
  set_format(store, 2);
  run(is_refused);
}

TEST_F(SessionTest, ItIsRefusedAlsoIfTheFormatIsRaisedAfterItHadLooked) {
  set_format(store, 1);
  int commits = 0;
  store.fault = [&](const storage::Transaction& transaction) {
    // Its second attempt compares the record that its first has read.
    if (!transaction.then.empty() && ++commits == 2) set_format(store, 2);
    return CommitFault::none;
  };
  run(is_refused);
  EXPECT_EQ(commits, 2);
}

Task<void> follows_the_format(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity_of(Release::second), {});
  EYRIE_CO_ASSERT_OK(co_await session.open());
  EXPECT_EQ(session.format().writes(), 1);
  EXPECT_EQ(session.format().reads(), 2);
  TaskGroup tasks(co_await this_scope());
  tasks.spawn(session.follow_format());
  EXPECT_TRUE((co_await environment.clock.sleep_for(1s)).ok());
  set_format(store, 2);
  EXPECT_TRUE((co_await environment.clock.sleep_for(5s)).ok());
  EXPECT_EQ(session.format().writes(), 2);
  tasks.cancel();
  co_await tasks.join();
}

TEST_F(SessionTest, ANodeWritesTheClustersFormatAndLearnsOfItsRaise) {
  set_format(store, 1);
  run(follows_the_format);
}

Task<void> is_seen(MemoryMetaStore& store, Environment& environment) {
  MemoryMeta meta(environment, store);
  Session session(environment, meta, identity_of(Release::first), {});
  EYRIE_CO_ASSERT_OK(co_await session.open());
  const auto record =
      catalog::decode_record<catalog::SessionRecord>("", registration(store)->value);
  EXPECT_EQ(record->release(), 1);
  const auto registered = store.items.find(std::string(catalog::kRegisteredKey));
  EYRIE_CO_ASSERT(registered != store.items.end());
  EXPECT_EQ(registered->second.mod_revision, session.incarnation().value);
}

TEST_F(SessionTest, ARegistrationIsSeenByWhoeverComparesTheKeyOfAll) {
  run(is_seen);
}

}  // namespace
}  // namespace eyrie::membership
