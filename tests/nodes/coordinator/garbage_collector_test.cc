// Objects that nothing can name any more are removed, and no others (S6).
#include <functional>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/coordinator/events.h"
#include "tests/nodes/coordinator/coordinator_world.h"
#include "tests/nodes/coordinator/told_events.h"

namespace eyrie::test {
namespace {

constexpr Duration kInterval = 1s;

struct GarbageCollectorTest : testing::Test {
  GarbageCollectorTest() {
    world.options.channels = {"ch-0"};
    world.options.collect_interval = kInterval;
    world.world.world().add_observer(told);
  }

  // A collection with one shard, and its owner.
  void begin() {
    world.start_streaming(11, first);
    world.start_coordinator(1);
    world.run_for(3s);
    const auto created = world.create("words", 1);
    ASSERT_TRUE(created.has_value()) << status_of(created);
    collection = created->collection();
    term = *first.terms.at("ch-0").rbegin();
  }
  // Uploads an object of a new attempt.
  std::string upload(std::int64_t segment) {
    const Result<std::int64_t> begun = world.begin_attempt("ch-0", term);
    EXPECT_TRUE(begun.has_value()) << status_of(begun);
    attempt = begun.value_or(0);
    std::string key = "insert_log/" + std::to_string(collection.id()) + "/1/" +
                      std::to_string(segment) + "/1." + std::to_string(attempt);
    world.objects.objects[key] = "rows";
    return key;
  }
  // The commit of what upload() wrote last.
  void flush(std::int64_t segment, const std::string& object) {
    internal::CommitFlushRequest request;
    request.set_channel("ch-0");
    request.set_term(term);
    request.set_attempt_id(attempt);
    catalog::SegmentRecord* record = request.add_segments();
    record->set_id(segment);
    record->set_collection_id(collection.id());
    record->set_virtual_channel(shard());
    record->mutable_binlog()->set_key(object);
    const auto flushed = world.ask<internal::Empty>("CommitFlush", request);
    EXPECT_TRUE(flushed.has_value()) << status_of(flushed);
  }
  std::string shard() const { return collection.virtual_channels(0).name(); }
  bool there(const std::string& object) const { return world.objects.objects.contains(object); }

  ToldEvents told;
  CoordinatorWorld world;
  FakeStreaming first, second;
  catalog::CollectionRecord collection;
  std::int64_t term = 0;
  std::int64_t attempt = 0;
};

TEST_F(GarbageCollectorTest, AnUploadIsGarbageOnceItsOwnerIsFenced) {
  begin();
  const std::string committed = upload(100);
  flush(100, committed);
  const std::string lost = upload(101);
  world.run_for(10 * kInterval);
  EXPECT_TRUE(there(lost));
  world.start_streaming(12, second);
  world.crash("s11");
  world.run_until([&] { return !there(lost); }, "the fenced owner's upload was not removed");
  EXPECT_FALSE(second.terms.empty());
  EXPECT_FALSE(world.has(catalog::attempt_key(attempt)));
  world.run_for(3 * kInterval);
  EXPECT_TRUE(there(committed));
}

TEST_F(GarbageCollectorTest, ALateUploadIsFoundByTheNextSearch) {
  begin();
  const std::string late = upload(101);
  world.objects.objects.clear();
  world.start_streaming(12, second);
  world.crash("s11");
  world.run_until([&] { return !world.has(catalog::attempt_key(attempt)); }, "the attempt lives");
  world.run_for(3 * kInterval);
  world.objects.objects[late] = "rows";
  world.run_until([&] { return !there(late); }, "the late upload was not removed");
}

// It finds objects whose attempts it does not know of before it finds its lease over.
TEST_F(GarbageCollectorTest, ALeaderThatStoodStillWhileItListedRemovesNothing) {
  begin();
  world.start_coordinator(2);
  const int before = told.times(coordinator::kCollecting);
  world.run_until([&] { return told.times(coordinator::kCollecting) > before; }, "no search");
  sim::Machine& stood_still = *world.world.world().find_machine("c1");
  stood_still.pause_until(world.world.world().now() + to_ns(60s));
  world.run_for(20s);
  const std::string object = upload(100);
  stood_still.pause_until(0);
  world.run_for(5s);
  EXPECT_TRUE(there(object));
  EXPECT_EQ(told.times(coordinator::kLeaderChanged), 2);
}

TEST_F(GarbageCollectorTest, TheObjectsOfADroppedCollectionAreRemovedAndNoOthers) {
  begin();
  const std::string object = upload(100);
  flush(100, object);
  world.objects.objects["insert_log/notes"] = "somebody's";
  world.objects.objects["store"] = "the cluster's";
  world.run_for(3 * kInterval);
  EXPECT_TRUE(there(object));
  internal::DropCollectionRequest drop;
  drop.set_name("words");
  ASSERT_TRUE(world.ask<internal::Empty>("DropCollection", drop).has_value());
  world.run_until([&] { return !there(object); }, "the dropped object was not removed");
  EXPECT_EQ(world.objects.objects.size(), 2U);
}

TEST_F(GarbageCollectorTest, AnObjectThatCannotBeRemovedKeepsNoOther) {
  begin();
  std::vector<std::string> garbage;
  for (std::int64_t segment = 100; segment < 105; ++segment) garbage.push_back(upload(segment));
  const std::string index = "index_files/500/" + std::to_string(attempt) + "/1/101/hnsw";
  world.objects.objects[index] = "graph";
  world.objects.kept = {garbage[0], garbage[2]};
  world.start_streaming(12, second);
  world.crash("s11");
  world.run_until([&] { return !there(garbage[1]); }, "nothing was removed");
  world.run_for(2 * kInterval);
  for (const std::size_t i : {3, 4}) EXPECT_FALSE(there(garbage[i])) << i;
  EXPECT_FALSE(there(index));
  EXPECT_TRUE(there(garbage[0]));
  world.objects.kept.clear();
  world.run_for(3 * kInterval);
  for (const std::size_t i : {0, 2}) EXPECT_FALSE(there(garbage[i])) << i;
}

// The owner reads for a target from before the change that replaced the segment.
TEST_F(GarbageCollectorTest, WhatALoadMayStillReadStays) {
  begin();
  ASSERT_TRUE(world.load(collection.id()).ok());
  const std::string object = upload(100);
  flush(100, object);
  catalog::GarbageRecord garbage;
  garbage.set_id(100);
  garbage.set_collection_id(collection.id());
  garbage.set_virtual_channel(shard());
  garbage.add_objects(object);
  first.loads_since = world.store.revision;
  world.crash("c1");
  world.put(catalog::garbage_key(shard(), 100), garbage);
  world.store.items.erase(catalog::segment_key(shard(), 100));
  world.start_coordinator(2);
  world.run_for(60s);
  EXPECT_TRUE(there(object));
  first.loads_since = world.store.items.at(catalog::garbage_key(shard(), 100)).mod_revision;
  world.run_until([&] { return !there(object); }, "the replaced object was not removed");
  EXPECT_FALSE(world.has(catalog::garbage_key(shard(), 100)));
}

// Whatever reads a segment, its tombstone stays until that has ended.
struct PinnedTest : GarbageCollectorTest {
  // A leader that finds segment 100, of so many rows, and a tombstone of it; nobody loads it.
  void begin_with(const std::string& index, std::int64_t rows) {
    collection.set_id(7);
    collection.set_name("words");
    collection.set_state(catalog::COLLECTION_CREATED);
    collection.mutable_index()->set_index_type(index);
    catalog::VirtualChannel& channel = *collection.add_virtual_channels();
    channel.set_name("ch-0_7v0");
    channel.set_channel("ch-0");
    world.put(catalog::collection_key(7), collection);
    catalog::CheckpointRecord checkpoint;
    checkpoint.set_channel("ch-0");
    checkpoint.set_position(1'000);
    checkpoint.set_timestamp(1'000'000);
    world.put(catalog::checkpoint_key("ch-0"), checkpoint);
    catalog::SegmentRecord segment;
    segment.set_id(100);
    segment.set_collection_id(7);
    segment.set_virtual_channel(shard());
    segment.set_rows(rows);
    segment.set_position(5);
    for (int file = 0; file < 64; ++file) segment.add_deltas()->mutable_file()->set_key("share");
    world.put(catalog::segment_key(shard(), 100), segment);
    for (const std::int64_t id : {100, 101}) {
      catalog::GarbageRecord garbage;
      garbage.set_id(id);
      garbage.set_collection_id(7);
      garbage.set_virtual_channel(shard());
      world.put(catalog::garbage_key(shard(), id), garbage);
    }
    world.options.compaction.interval = 100ms;
    world.options.collect_interval = 5s;  // the errand has begun by then
    world.start_streaming(11, first);
    world.start_data(21, data);
    world.start_coordinator(1);
  }
  void expect_kept_until(const std::function<bool()>& over) {
    world.run_until([&] { return !world.has(catalog::garbage_key(shard(), 101)); },
                    "what nothing reads was kept");
    world.run_for(15s);
    EXPECT_FALSE(over());
    EXPECT_TRUE(world.has(catalog::garbage_key(shard(), 100)));
    world.run_until(over, "the errand did not end");
    world.run_for(12s);
    EXPECT_FALSE(world.has(catalog::garbage_key(shard(), 100)));
  }

  FakeData data;
};

TEST_F(PinnedTest, WhatAnIndexIsBuiltOfStays) {
  world.options.compaction.enabled = false;
  data.build_time = 40s;
  begin_with("HNSW", 100);
  expect_kept_until([this] { return data.builds_done == 1; });
}

TEST_F(PinnedTest, WhatACompactionTakesStays) {
  data.compaction_time = 40s;
  begin_with("FLAT", 100);
  expect_kept_until([this] { return data.compactions_done == 1; });
}

}  // namespace
}  // namespace eyrie::test
