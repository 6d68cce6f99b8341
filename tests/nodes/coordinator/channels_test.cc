// Channels get owners, and owners that fail do not make the coordinator spin.
#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "tests/nodes/coordinator/coordinator_world.h"

namespace eyrie::test {
namespace {

bool writes(const storage::Transaction& transaction, std::string_view prefix) {
  return !transaction.then.empty() && transaction.then[0].range.key.starts_with(prefix);
}

// Channels whose owner serves, by the owner's node.
std::map<std::int64_t, int> owners(CoordinatorWorld& world) {
  const auto answer =
      world.ask<internal::GetRoutesResponse>("GetRoutes", internal::GetRoutesRequest());
  std::map<std::int64_t, int> found;
  if (!answer) return found;
  for (const internal::Route& route : answer->routes()) ++found[route.node_id()];
  return found;
}
using Owners = std::map<std::int64_t, int>;

TEST(Channels, TheyAreEvenFromTheStart) {
  CoordinatorWorld world;
  FakeStreaming first, second;
  world.start_streaming(11, first);
  world.start_streaming(12, second);
  world.start_coordinator(1);
  world.run_for(3s);  // nothing is moved so soon
  EXPECT_EQ(owners(world), (Owners{{11, 1}, {12, 1}}));
}

TEST(Channels, AnOwnerThatIsGoneIsReplacedInAHigherTerm) {
  CoordinatorWorld world;
  FakeStreaming first, second;
  world.start_streaming(11, first);
  world.start_coordinator(1);
  world.run_until([&] { return first.terms.size() == 2; }, "two channels on the only node");
  world.start_streaming(12, second);
  world.crash("s11");
  world.run_until([&] { return second.terms.size() == 2; }, "both channels on the other");
  for (const auto& [channel, terms] : second.terms) {
    EXPECT_GT(*terms.begin(), *first.terms.at(channel).rbegin()) << channel;
  }
}

TEST(Channels, AChannelWhoseOwnersFailIsAssignedAgainWithAGrowingPause) {
  CoordinatorWorld world;
  FakeStreaming node;
  node.state = internal::CHANNEL_FAILED;
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(60s);
  const std::size_t terms = node.terms["ch-0"].size();
  EXPECT_GE(terms, 20U);  // never given up
  EXPECT_LE(terms, 80U);  // at most one in about a second, but for the first few
  node.state = internal::CHANNEL_SERVING;
  world.run_for(5s);
  EXPECT_EQ(owners(world), (Owners{{11, 2}}));
}

TEST(Channels, AnAssignmentThatTheStoreRefusesIsTriedAgainWithAGrowingPause) {
  CoordinatorWorld world;
  FakeStreaming node;
  int refused = 0;
  world.store.fault = [&](const storage::Transaction& transaction) {
    if (!writes(transaction, catalog::kChannelPrefix)) return CommitFault::none;
    ++refused;
    return CommitFault::refuse;
  };
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(60s);
  EXPECT_GE(refused, 40);
  EXPECT_LE(refused, 160);  // of two channels
  world.store.fault = [](const storage::Transaction&) { return CommitFault::none; };
  world.run_for(5s);
  EXPECT_EQ(owners(world), (Owners{{11, 2}}));
}

// What is said of each channel that has no owner.
std::map<std::string, std::string> troubles(CoordinatorWorld& world) {
  const auto answer =
      world.ask<internal::GetRoutesResponse>("GetRoutes", internal::GetRoutesRequest());
  std::map<std::string, std::string> found;
  if (!answer) return found;
  for (const internal::ChannelTrouble& trouble : answer->troubles()) {
    found[trouble.channel()] = trouble.reason();
  }
  return found;
}
using Troubles = std::map<std::string, std::string>;

TEST(Channels, OnesThatCannotBeAssignedSayWhy) {
  CoordinatorWorld world;
  FakeStreaming node;
  bool refuses = true;
  world.store.fault = [&](const storage::Transaction& transaction) {
    const bool refused = refuses && writes(transaction, catalog::kChannelPrefix);
    return refused ? CommitFault::refuse : CommitFault::none;
  };
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(5s);
  EXPECT_EQ(troubles(world),
            (Troubles{{"ch-0", "unavailable: refused"}, {"ch-1", "unavailable: refused"}}));
  refuses = false;
  world.run_for(5s);
  EXPECT_EQ(owners(world), (Owners{{11, 2}}));
  EXPECT_EQ(troubles(world), Troubles());
}

TEST(Channels, OnesWhoseOwnerFailedSayWhy) {
  CoordinatorWorld world;
  FakeStreaming node;
  node.state = internal::CHANNEL_FAILED;
  node.reason = "its log is gone";
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(60s);
  EXPECT_EQ(troubles(world), (Troubles{{"ch-0", "its log is gone"}, {"ch-1", "its log is gone"}}));
  node.state = internal::CHANNEL_SERVING;
  world.run_for(5s);
  EXPECT_EQ(troubles(world), Troubles());
}

TEST(Channels, OnesWhoseOwnerCannotOpenThemYetSayWhy) {
  CoordinatorWorld world;
  FakeStreaming node;
  node.state = internal::CHANNEL_OPENING;
  node.reason = "its log does not answer";
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(5s);
  EXPECT_EQ(troubles(world), (Troubles{{"ch-0", node.reason}, {"ch-1", node.reason}}));
  node.reason.clear();  // another attempt has begun: the last that is known
  world.run_for(5s);
  EXPECT_EQ(troubles(world).size(), 2U);
  node.state = internal::CHANNEL_SERVING;
  world.run_for(5s);
  EXPECT_EQ(troubles(world), Troubles());
}

// One node owns both channels; a second one comes, and the move of one channel to it is refused,
// late.
class FailingMove : public testing::Test {
 protected:
  // `meanwhile` happens to the owner's machine or session while the move is on its way.
  void run(const std::function<void()>& meanwhile) {
    world_.start_streaming(11, owner_);
    world_.start_coordinator(1);
    world_.run_until([&] { return owners(world_) == Owners{{11, 2}}; }, "both on the only node");
    world_.store.fault = [&](const storage::Transaction& transaction) {
      if (moving_ || !writes(transaction, catalog::kChannelPrefix)) return CommitFault::none;
      moving_ = true;
      return CommitFault::refuse_late;
    };
    world_.start_streaming(12, other_);
    world_.run_until([&] { return moving_; }, "a move");
    meanwhile();
    world_.run_for(500ms);  // the coordinator learns of it, and of the refusal later
  }

  CoordinatorWorld world_;
  FakeStreaming owner_, other_;
  bool moving_ = false;
};

TEST_F(FailingMove, AnOwnerThatLeftMeanwhileIsNotAsked) {
  run([&] {
    const auto session = world_.store.items.find(catalog::session_key("streaming", 11));
    ASSERT_NE(session, world_.store.items.end());
    world_.store.end_lease(session->second.lease);
  });
  const int asked = owner_.assignments;
  world_.run_for(600ms);  // the move is refused; the owner has not noticed yet that it is out
  EXPECT_EQ(owner_.assignments, asked);
  world_.run_until([&] { return other_.terms.size() == 2; }, "both channels on the other");
}

// The registration of a node that is started anew takes the place of the one before, so that the
// owner is found in the same entry, as another.
TEST_F(FailingMove, AnOwnerThatWasStartedAnewMeanwhileIsAskedInHigherTermsAlone) {
  FakeStreaming anew;
  run([&] {
    world_.crash("s11");
    world_.start_streaming(11, anew);
  });
  world_.run_until([&] { return anew.terms.size() + other_.terms.size() == 2; }, "two owners");
  world_.run_for(3s);
  for (const auto& [channel, terms] : anew.terms) {
    EXPECT_GT(*terms.begin(), *owner_.terms.at(channel).rbegin()) << channel;
  }
}

}  // namespace
}  // namespace eyrie::test
