// Shards hear of their targets, and a node that does not answer holds up its own alone.
#include <gtest/gtest.h>

#include "tests/nodes/coordinator/coordinator_world.h"

namespace eyrie::test {
namespace {

TEST(Shards, AnOwnerThatIsSilentHoldsUpItsOwnShardsAlone) {
  CoordinatorWorld world;
  FakeStreaming silent, well;
  world.start_streaming(11, silent);
  world.start_streaming(12, well);
  world.start_coordinator(1);
  world.run_for(15s);  // until each has one of the two channels
  const auto created = world.create("words", 2);
  ASSERT_TRUE(created.has_value()) << status_of(created);
  EXPECT_TRUE(world.load(created->collection().id()).ok());
  world.run_for(2s);
  silent.answers_syncs = false;
  silent.syncs.clear();
  well.syncs.clear();
  world.run_for(22s);
  EXPECT_GE(silent.syncs.size(), 5U);  // asked again and again
  EXPECT_GE(well.syncs.size(), 3 * silent.syncs.size());
}

TEST(Shards, AReleasedOneIsToldOnceAndALoadedOneAgainAndAgain) {
  CoordinatorWorld world;
  FakeStreaming node;
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(3s);
  const auto created = world.create("words", 1);
  ASSERT_TRUE(created.has_value()) << status_of(created);
  world.run_for(3s);
  ASSERT_EQ(node.syncs.size(), 1U);
  EXPECT_TRUE(node.syncs[0].release());
  EXPECT_TRUE(world.load(created->collection().id()).ok());
  world.run_for(5s);
  ASSERT_GE(node.syncs.size(), 5U);
  EXPECT_FALSE(node.syncs.back().release());
  internal::ReleaseCollectionRequest release;
  release.set_collection_id(created->collection().id());
  EXPECT_TRUE(world.ask<internal::Empty>("ReleaseCollection", release).has_value());
  world.run_for(2s);
  const std::size_t told = node.syncs.size();
  EXPECT_TRUE(node.syncs.back().release());
  world.run_for(5s);
  EXPECT_EQ(node.syncs.size(), told);
}

TEST(Shards, ADroppedCollectionsShardIsToldNothingMore) {
  CoordinatorWorld world;
  FakeStreaming node;
  world.start_streaming(11, node);
  world.start_coordinator(1);
  world.run_for(3s);
  const auto created = world.create("words", 1);
  ASSERT_TRUE(created.has_value()) << status_of(created);
  EXPECT_TRUE(world.load(created->collection().id()).ok());
  world.run_for(2s);
  internal::DropCollectionRequest drop;
  drop.set_name("words");
  EXPECT_TRUE(world.ask<internal::Empty>("DropCollection", drop).has_value());
  world.run_for(1s);
  const std::size_t told = node.syncs.size();
  world.run_for(5s);
  EXPECT_EQ(node.syncs.size(), told);
}

}  // namespace
}  // namespace eyrie::test
