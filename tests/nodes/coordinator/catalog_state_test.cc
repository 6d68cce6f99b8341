// The catalog in memory: what the keys say, and nothing of what is gone.
#include "nodes/coordinator/catalog_state.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"

namespace eyrie::coordinator {
namespace {

catalog::CollectionRecord collection(std::int64_t id, catalog::CollectionState state) {
  catalog::CollectionRecord record;
  record.set_id(id);
  record.set_name("words");
  record.set_state(state);
  catalog::VirtualChannel* channel = record.add_virtual_channels();
  channel->set_name("ch-0_" + std::to_string(id) + "v0");
  channel->set_channel("ch-0");
  return record;
}

TEST(CatalogState, OnlyACreatedCollectionIsFoundByNameAndId) {
  CatalogState state;
  ASSERT_TRUE(state.put(catalog::collection_name_key("words"), "7", 2).ok());
  const std::string key = catalog::collection_key(7);
  ASSERT_TRUE(
      state.put(key, catalog::encode_record(collection(7, catalog::COLLECTION_CREATING)), 2).ok());
  EXPECT_EQ(state.find_created("words"), nullptr);
  EXPECT_EQ(state.find_created(7), nullptr);
  ASSERT_TRUE(
      state.put(key, catalog::encode_record(collection(7, catalog::COLLECTION_CREATED)), 3).ok());
  EXPECT_NE(state.find_created("words"), nullptr);
  EXPECT_NE(state.find_created(7), nullptr);
  EXPECT_EQ(state.mod_revision(key), 3);
}

TEST(CatalogState, AVirtualChannelIsKnownOfItsCollectionOnItsChannel) {
  CatalogState state;
  const catalog::CollectionRecord record = collection(7, catalog::COLLECTION_CREATED);
  ASSERT_TRUE(state.put(catalog::collection_key(7), catalog::encode_record(record), 2).ok());
  EXPECT_TRUE(state.knows_virtual_channel(7, "ch-0", "ch-0_7v0"));
  EXPECT_FALSE(state.knows_virtual_channel(8, "ch-0", "ch-0_7v0"));
  EXPECT_FALSE(state.knows_virtual_channel(7, "ch-1", "ch-0_7v0"));
  EXPECT_FALSE(state.knows_virtual_channel(7, "ch-0", "ch-0_7v1"));
}

TEST(CatalogState, ARecordThatIsNoneIsDataLossThatNamesItsKey) {
  CatalogState state;
  const Status put = state.put(catalog::collection_key(7), "\xff\xff\xff", 2);
  EXPECT_EQ(put.code(), Code::data_loss);
  EXPECT_NE(put.message().find("collection/7"), std::string::npos) << put;
}

// Names of virtual channels are never used again: whatever stays of one stays for ever.
TEST(CatalogState, NothingStaysOfAVirtualChannelWhoseSegmentsAreGone) {
  CatalogState state;
  for (std::int64_t id = 1; id <= 3; ++id) {
    catalog::SegmentRecord segment;
    segment.set_id(id);
    ASSERT_TRUE(
        state.put(catalog::segment_key("ch-0_7v0", id), catalog::encode_record(segment), 2).ok());
    catalog::DeltaRecord delta;
    delta.set_id(id);
    ASSERT_TRUE(
        state.put(catalog::delta_key("ch-0_7v0", id), catalog::encode_record(delta), 2).ok());
  }
  EXPECT_EQ(state.segments.at("ch-0_7v0").size(), 3U);
  for (std::int64_t id = 1; id <= 3; ++id) {
    state.remove(catalog::segment_key("ch-0_7v0", id));
    state.remove(catalog::delta_key("ch-0_7v0", id));
  }
  state.remove(catalog::segment_key("never_0v0", 1));
  EXPECT_TRUE(state.segments.empty());
  EXPECT_TRUE(state.deltas.empty());
  EXPECT_TRUE(state.mod_revisions.empty());
}

// An object that goes from one record to another in one change is named by both for a moment.
TEST(CatalogState, AnObjectIsNamedForAsLongAsAnyRecordNamesIt) {
  CatalogState state;
  catalog::SegmentRecord segment;
  segment.set_id(1);
  segment.mutable_binlog()->set_key("rows");
  segment.mutable_stats()->set_key("stats");
  segment.mutable_index()->mutable_file()->set_key("graph");
  catalog::DeltaRecord delta;
  delta.set_id(2);
  delta.mutable_file()->set_key("deletes");
  catalog::GarbageRecord garbage;
  garbage.set_id(1);
  garbage.add_objects("rows");
  const std::string segment_key = catalog::segment_key("ch-0_7v0", 1);
  ASSERT_TRUE(state.put(segment_key, catalog::encode_record(segment), 2).ok());
  ASSERT_TRUE(state.put(catalog::delta_key("ch-0_7v0", 2), catalog::encode_record(delta), 3).ok());
  for (const char* object : {"rows", "stats", "graph", "deletes"}) EXPECT_TRUE(state.names(object));
  segment.clear_index();
  ASSERT_TRUE(state.put(segment_key, catalog::encode_record(segment), 4).ok());
  EXPECT_FALSE(state.names("graph"));
  const std::string garbage_key = catalog::garbage_key("ch-0_7v0", 1);
  ASSERT_TRUE(state.put(garbage_key, catalog::encode_record(garbage), 5).ok());
  state.remove(segment_key);
  EXPECT_TRUE(state.names("rows"));
  EXPECT_FALSE(state.names("stats"));
  state.remove(garbage_key);
  state.remove(catalog::delta_key("ch-0_7v0", 2));
  EXPECT_TRUE(state.objects.empty());
  EXPECT_TRUE(state.garbage.empty());
}

}  // namespace
}  // namespace eyrie::coordinator
