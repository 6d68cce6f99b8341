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

}  // namespace
}  // namespace eyrie::coordinator
