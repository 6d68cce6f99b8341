// Which objects are garbage, and what is buried with a record.
#include "nodes/coordinator/garbage.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"

namespace eyrie::coordinator {
namespace {

constexpr const char* kObject = "insert_log/7/1/100/3.55";
constexpr const char* kGraph = "index_files/55/55/1/100/hnsw";

void put(CatalogState& state, const std::string& key, const google::protobuf::MessageLite& record) {
  ASSERT_TRUE(state.put(key, catalog::encode_record(record), ++state.revision).ok());
}

TEST(Garbage, WhatIsOnItsWayOrNamedIsNone) {
  CatalogState state;
  EXPECT_TRUE(is_garbage(state, kObject));
  EXPECT_TRUE(is_garbage(state, kGraph));
  catalog::AttemptRecord attempt;
  attempt.set_id(55);
  put(state, catalog::attempt_key(55), attempt);
  EXPECT_FALSE(is_garbage(state, kObject));
  EXPECT_FALSE(is_garbage(state, kGraph));
  state.remove(catalog::attempt_key(55));
  catalog::SegmentRecord segment;
  segment.mutable_binlog()->set_key(kObject);
  put(state, catalog::segment_key("ch-0_7v0", 100), segment);
  EXPECT_FALSE(is_garbage(state, kObject));
  EXPECT_TRUE(is_garbage(state, kGraph));
}

TEST(Garbage, NamesOfOthersAreNone) {
  for (const char* name : {"store", "log/ch-0/1/2", "insert_log/7/1/100/3", "", "backup/a.b"}) {
    EXPECT_FALSE(is_garbage(CatalogState(), name)) << name;
  }
}

TEST(Garbage, ARecordIsBuriedWithAllThatItNames) {
  catalog::SegmentRecord segment;
  segment.set_id(100);
  segment.set_collection_id(7);
  segment.set_virtual_channel("ch-0_7v0");
  segment.mutable_binlog()->set_key("rows");
  segment.mutable_stats()->set_key("stats");
  segment.mutable_index()->mutable_file()->set_key("graph");
  Change change;
  bury(segment, change);
  ASSERT_EQ(change.operations.size(), 1U);
  const std::string& key = change.operations[0].range.key;
  EXPECT_EQ(key, catalog::garbage_key("ch-0_7v0", 100));
  CatalogState state;
  ASSERT_TRUE(state.put(key, change.operations[0].value, 2).ok());
  for (const char* object : {"rows", "stats", "graph"}) EXPECT_TRUE(state.names(object)) << object;
  EXPECT_EQ(state.garbage.at("ch-0_7v0").at(100).record.collection_id(), 7);
}

}  // namespace
}  // namespace eyrie::coordinator
