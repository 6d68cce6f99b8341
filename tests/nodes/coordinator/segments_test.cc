// What owners of channels commit.
#include "nodes/coordinator/segments.h"

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

using SegmentManagerTest = LedCatalogTest;

void add_shard(catalog::CollectionRecord& collection, const std::string& channel, int shard) {
  catalog::VirtualChannel* added = collection.add_virtual_channels();
  added->set_channel(channel);
  added->set_name(channel + "_" + std::to_string(collection.id()) + "v" + std::to_string(shard));
  added->set_shard(shard);
}

// "ch-0" has an owner in term 2. Collections 7 and 8 have their first shard there, 7 has its second
// one on "ch-1"; 9 is being dropped, and 10 is gone.
Result<Change> own_channel(const CatalogState&) {
  Change change;
  catalog::ChannelRecord owner;
  owner.set_name("ch-0");
  owner.set_term(2);
  change.operations.push_back(
      storage::put_key(catalog::channel_key("ch-0"), catalog::encode_record(owner)));
  for (const std::int64_t id : {7, 8, 9}) {
    catalog::CollectionRecord collection;
    collection.set_id(id);
    collection.set_state(id == 9 ? catalog::COLLECTION_DROPPING : catalog::COLLECTION_CREATED);
    add_shard(collection, "ch-0", 0);
    if (id == 7) add_shard(collection, "ch-1", 1);
    change.operations.push_back(
        storage::put_key(catalog::collection_key(id), catalog::encode_record(collection)));
  }
  for (const std::int64_t id : {1, 2, 3}) {
    catalog::AttemptRecord attempt;
    attempt.set_id(id);
    attempt.set_channel(id == 3 ? "ch-1" : "ch-0");
    attempt.set_term(2);
    change.operations.push_back(
        storage::put_key(catalog::attempt_key(id), catalog::encode_record(attempt)));
  }
  return change;
}

internal::CommitFlushRequest flush_of_owner(std::int64_t attempt = 1) {
  internal::CommitFlushRequest flush;
  flush.set_channel("ch-0");
  flush.set_term(2);
  flush.set_attempt_id(attempt);
  return flush;
}

internal::CommitCheckpointRequest checkpoint_of_owner(std::uint64_t position) {
  internal::CommitCheckpointRequest request;
  request.set_channel("ch-0");
  request.set_term(2);
  request.mutable_checkpoint()->set_channel("ch-0");
  request.mutable_checkpoint()->set_position(position);
  return request;
}

template <class Record>
void describe(Record& record, std::int64_t id, std::int64_t collection,
              const std::string& virtual_channel) {
  record.set_id(id);
  record.set_collection_id(collection);
  record.set_virtual_channel(virtual_channel);
}

// The catalog knows no owner of the channel; the new leader may.
Task<void> in_doubt_about_an_owner(Led led) {
  SegmentManager segments(led.environment, led.catalog);
  internal::CommitFlushRequest flush;
  flush.set_channel("ch-0");
  flush.set_term(2);
  const internal::CommitCheckpointRequest checkpoint = checkpoint_of_owner(5);
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::fenced);
  EXPECT_EQ((co_await segments.commit_checkpoint(checkpoint)).code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::not_leader);
  EXPECT_EQ((co_await segments.commit_checkpoint(checkpoint)).code(), Code::not_leader);
}

TEST_F(SegmentManagerTest, ALeaderInDoubtFencesNoOwner) {
  lead(in_doubt_about_an_owner);
}

Task<void> flush_shards_of_others(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  const std::size_t before = led.store.items.size();
  for (const char* shard : {"ch-1_7v1", "ch-0_7v1", "ch-0_8v0", ""}) {
    internal::CommitFlushRequest flush = flush_of_owner();
    describe(*flush.add_segments(), 100, 7, "ch-0_7v0");
    describe(*flush.add_segments(), 101, 7, shard);
    const Status refused = co_await segments.commit_flush(flush);
    EXPECT_EQ(refused.code(), Code::invalid_argument) << shard << ": " << refused;
    flush = flush_of_owner();
    describe(*flush.add_deltas(), 102, 7, shard);
    EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::invalid_argument) << shard;
  }
  EXPECT_EQ(led.store.items.size(), before);
  internal::CommitFlushRequest flush = flush_of_owner();
  describe(*flush.add_segments(), 100, 7, "ch-0_7v0");
  describe(*flush.add_deltas(), 102, 8, "ch-0_8v0");
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_TRUE(led.store.items.contains(catalog::segment_key("ch-0_7v0", 100)));
  EXPECT_TRUE(led.store.items.contains(catalog::delta_key("ch-0_8v0", 102)));
}

TEST_F(SegmentManagerTest, AnOwnerFlushesShardsOfItsChannelAlone) {
  lead(flush_shards_of_others);
}

Task<void> flush_dropped(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  const std::size_t before = led.store.items.size();
  internal::CommitFlushRequest flush = flush_of_owner();
  describe(*flush.add_segments(), 100, 9, "ch-0_9v0");
  describe(*flush.add_segments(), 101, 10, "ch-0_10v0");
  describe(*flush.add_deltas(), 102, 10, "ch-0_10v0");
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_EQ(led.store.items.size(), before - 1);  // the attempt has ended
  flush.set_attempt_id(2);
  describe(*flush.add_segments(), 103, 7, "ch-0_7v0");
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_EQ(led.store.items.size(), before - 1);  // one less, and the segment
  EXPECT_TRUE(led.store.items.contains(catalog::segment_key("ch-0_7v0", 103)));
}

TEST_F(SegmentManagerTest, WhatBelongsToADroppedCollectionIsLeftOut) {
  lead(flush_dropped);
}

// The new leader may have created it. What is taken for flushed is lost with the log behind it.
Task<void> in_doubt_about_a_collection(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  internal::CommitFlushRequest flush = flush_of_owner();
  describe(*flush.add_segments(), 100, 10, "ch-0_10v0");
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::not_leader);
  flush = flush_of_owner();
  describe(*flush.add_deltas(), 101, 10, "ch-0_10v0");
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::not_leader);
}

// A commit that took effect, and whose segment was compacted away before its repetition came.
Task<void> flush_what_is_gone(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  internal::CommitFlushRequest flush = flush_of_owner();
  describe(*flush.add_segments(), 100, 7, "ch-0_7v0");
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  const std::string key = catalog::segment_key("ch-0_7v0", 100);
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit([&](const CatalogState&) -> Result<Change> {
    return Change{{}, {storage::remove_key(key)}};
  }));
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_FALSE(led.store.items.contains(key));
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::not_leader);
}

TEST_F(SegmentManagerTest, ARepeatedFlushPutsNothingThatIsGone) {
  lead(flush_what_is_gone);
}

Task<void> flush_with_the_attempt_of_another(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  internal::CommitFlushRequest flush = flush_of_owner(3);
  describe(*flush.add_segments(), 100, 7, "ch-0_7v0");
  const std::size_t before = led.store.items.size();
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::invalid_argument);
  EXPECT_EQ(led.store.items.size(), before);
}

TEST_F(SegmentManagerTest, AnAttemptBelongsToAnOwner) {
  lead(flush_with_the_attempt_of_another);
}

TEST_F(SegmentManagerTest, ALeaderInDoubtLeavesNothingOut) {
  lead(in_doubt_about_a_collection);
}

// The store refuses the first attempt, takes the second, and the third changes nothing.
Task<void> flush_thrice(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  internal::CommitFlushRequest flush = flush_of_owner();
  describe(*flush.add_segments(), 100, 7, "ch-0_7v0");
  describe(*flush.add_segments(), 101, 9, "ch-0_9v0");
  led.store.fault = [](const storage::Transaction&) { return test::CommitFault::refuse; };
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::unavailable);
  EXPECT_EQ(led.told.times(kSegmentFlushed), 0);
  led.store.fault = [](const storage::Transaction&) { return test::CommitFault::none; };
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_EQ(led.told.times(kSegmentFlushed), 1);
  EYRIE_CO_ASSERT_OK(co_await segments.commit_flush(flush));
  EXPECT_EQ(led.told.times(kSegmentFlushed), 1);
}

TEST_F(SegmentManagerTest, AFlushIsToldOnceAndOnlyIfItWasApplied) {
  lead(flush_thrice);
}

// The checkpoints alone tell: what was flushed may have been compacted since.
Task<void> ask_whether_flushed(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  internal::GetFlushStateRequest request;
  request.set_collection_id(8);
  request.add_segment_ids(500);
  request.set_flush_timestamp(70);
  EYRIE_CO_ASSERT_TRY(auto state, segments.flush_state(request));
  EXPECT_FALSE(state.flushed());
  internal::CommitCheckpointRequest checkpoint = checkpoint_of_owner(5);
  checkpoint.mutable_checkpoint()->set_timestamp(69);
  EYRIE_CO_ASSERT_OK(co_await segments.commit_checkpoint(checkpoint));
  EYRIE_CO_ASSERT_TRY(state, segments.flush_state(request));
  EXPECT_FALSE(state.flushed());
  checkpoint.mutable_checkpoint()->set_timestamp(70);
  EYRIE_CO_ASSERT_OK(co_await segments.commit_checkpoint(checkpoint));
  EYRIE_CO_ASSERT_TRY(state, segments.flush_state(request));
  EXPECT_TRUE(state.flushed());
  request.set_collection_id(7);  // its other shard's channel has no checkpoint
  EYRIE_CO_ASSERT_TRY(state, segments.flush_state(request));
  EXPECT_FALSE(state.flushed());
  request.set_flush_timestamp(0);
  EYRIE_CO_ASSERT_TRY(state, segments.flush_state(request));
  EXPECT_FALSE(state.flushed());  // there is no such segment
}

TEST_F(SegmentManagerTest, AFlushStateIsWhatTheCheckpointsSay) {
  lead(ask_whether_flushed);
}

Task<void> checkpoint_falls(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  for (const std::uint64_t position : {5U, 5U, 3U, 6U}) {
    EYRIE_CO_ASSERT_OK(co_await segments.commit_checkpoint(checkpoint_of_owner(position)));
  }
  EXPECT_EQ(led.catalog.state().find_checkpoint("ch-0")->position(), 6U);
  EXPECT_EQ(led.told.times(kCheckpointSaved), 2);
}

TEST_F(SegmentManagerTest, ACheckpointThatDoesNotRiseIsNotToldAsSaved) {
  lead(checkpoint_falls);
}

Task<void> checkpoint_of_another_channel(Led led) {
  EYRIE_CO_ASSERT_OK(co_await led.catalog.commit(own_channel));
  SegmentManager segments(led.environment, led.catalog);
  for (const char* channel : {"ch-1", ""}) {
    internal::CommitCheckpointRequest request = checkpoint_of_owner(5);
    request.mutable_checkpoint()->set_channel(channel);
    EXPECT_EQ((co_await segments.commit_checkpoint(request)).code(), Code::invalid_argument);
  }
  EXPECT_EQ(led.catalog.state().find_checkpoint("ch-0"), nullptr);
}

TEST_F(SegmentManagerTest, AnOwnerSavesTheCheckpointOfItsChannelAlone) {
  lead(checkpoint_of_another_channel);
}

}  // namespace
}  // namespace eyrie::coordinator
