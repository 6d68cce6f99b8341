// Records of the catalog stay readable for ever: nodes/proto/catalog.proto may grow, not change.
#include "tests/storage/golden.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "nodes/catalog/records.h"

namespace eyrie::catalog {
namespace {

using storage::test::golden_file;

LeaderRecord sample_leader() {
  LeaderRecord record;
  record.set_node_id(3);
  record.set_address("coordinator-1:7000");
  return record;
}

SessionRecord sample_session() {
  SessionRecord record;
  record.set_node_id(4);
  record.set_role("query");
  record.set_address("query-2:7000");
  return record;
}

TimestampWindowRecord sample_window() {
  TimestampWindowRecord record;
  record.set_end_ms(1'767'225'603'000);
  return record;
}

IdRecord sample_id() {
  IdRecord record;
  record.set_next(100'001);
  return record;
}

StoreRecord sample_store() {
  StoreRecord record;
  record.set_format(1);
  record.set_cluster("eyrie");
  record.set_pair(0x0123'4567'89ab'cdef);
  return record;
}

CollectionRecord sample_collection() {
  CollectionRecord record;
  record.set_id(7);
  record.set_name("words");
  record.set_schema("an encoded schema");
  VirtualChannel& channel = *record.add_virtual_channels();
  channel.set_name("dml_1_7v2");
  channel.set_channel("dml_1");
  channel.set_shard(2);
  record.set_state(COLLECTION_CREATED);
  record.set_consistency_level(2);
  record.set_create_timestamp(463'268'749'000'000'001);
  IndexParameters& index = *record.mutable_index();
  index.set_index_type("HNSW");
  index.set_metric_type("COSINE");
  index.set_m(16);
  index.set_ef_construction(200);
  index.set_rows_min(1024);
  return record;
}

ChannelRecord sample_channel() {
  ChannelRecord record;
  record.set_name("dml_1");
  record.set_term(5);
  record.set_node_id(4);
  record.set_incarnation(812);
  return record;
}

CheckpointRecord sample_checkpoint() {
  CheckpointRecord record;
  record.set_channel("dml_1");
  record.set_position(41);
  record.set_timestamp(463'268'749'000'000'002);
  record.add_collection_ids(7);
  record.add_collection_ids(9);
  return record;
}

void describe(FileRecord& file, const std::string& key, std::uint64_t bytes) {
  file.set_key(key);
  file.set_bytes(bytes);
}

SegmentRecord sample_segment() {
  SegmentRecord record;
  record.set_id(55);
  record.set_collection_id(7);
  record.set_virtual_channel("dml_1_7v2");
  record.set_position(40);
  record.set_rows(1000);
  record.set_timestamp_min(463'268'748'000'000'000);
  record.set_timestamp_max(463'268'748'900'000'000);
  describe(*record.mutable_binlog(), "insert_log/7/0/55/56.57", 4096);
  describe(*record.mutable_stats(), "stats_log/7/0/55/58.57", 512);
  record.mutable_index()->set_build_id(60);
  describe(*record.mutable_index()->mutable_file(), "index_files/60/61/0/55/graph", 2048);
  return record;
}

DeltaRecord sample_delta() {
  DeltaRecord record;
  record.set_id(62);
  record.set_collection_id(7);
  record.set_virtual_channel("dml_1_7v2");
  record.set_position(39);
  record.set_deletes(12);
  record.set_timestamp_min(463'268'748'100'000'000);
  record.set_timestamp_max(463'268'748'200'000'000);
  describe(*record.mutable_file(), "delta_log/7/0/62/63.64", 128);
  return record;
}

// As compactions write them.
SegmentRecord sample_compacted() {
  SegmentRecord record = sample_segment();
  SegmentDelta& delta = *record.add_deltas();
  describe(*delta.mutable_file(), "delta_log/7/1/55/1.66", 96);
  delta.set_deletes(4);
  delta.set_timestamp_min(463'268'748'100'000'000);
  delta.set_timestamp_max(463'268'748'200'000'000);
  return record;
}

HorizonRecord sample_horizon() {
  HorizonRecord record;
  record.set_virtual_channel("dml_1_7v2");
  record.set_timestamp(463'268'748'200'000'000);
  return record;
}

LoadRecord sample_load() {
  LoadRecord record;
  record.set_collection_id(7);
  return record;
}

template <class Record>
void expect_golden(const std::string& name, const Record& record,
                   const std::string& version = "v1") {
  const Bytes bytes = encode_record(record);
  const Bytes stored = golden_file(version, "catalog_" + name, bytes);
  EXPECT_EQ(bytes, stored) << name;
  const Result<Record> read = decode_record<Record>(name, stored);
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(encode_record(*read), stored) << name;
}

TEST(CatalogGolden, RecordsReadAndWriteTheSameBytes) {
  expect_golden("leader", sample_leader());
  expect_golden("session", sample_session());
  expect_golden("window", sample_window());
  expect_golden("id", sample_id());
  expect_golden("store", sample_store());
  expect_golden("collection", sample_collection());
  expect_golden("channel", sample_channel());
  expect_golden("checkpoint", sample_checkpoint());
  expect_golden("segment", sample_segment());
  expect_golden("delta", sample_delta());
  expect_golden("compacted", sample_compacted());
  expect_golden("horizon", sample_horizon());
  expect_golden("load", sample_load());
}

AttemptRecord sample_attempt() {
  AttemptRecord record;
  record.set_id(64);
  record.set_channel("dml_1");
  record.set_term(5);
  return record;
}

GarbageRecord sample_garbage() {
  GarbageRecord record;
  record.set_id(55);
  record.set_collection_id(7);
  record.set_virtual_channel("dml_1_7v2");
  record.add_objects("insert_log/7/0/55/56.57");
  return record;
}

TEST(CatalogGolden, RecordsOfGarbageReadAndWriteTheSameBytes) {
  expect_golden("attempt", sample_attempt());
  expect_golden("garbage", sample_garbage());
}

// With what release 2 says besides.
TEST(CatalogGolden, RecordsOfTheSecondReleaseReadAndWriteTheSameBytes) {
  SessionRecord session = sample_session();
  session.set_release(2);
  expect_golden("session", session, "v2");
  StoreRecord store = sample_store();
  store.set_format(2);
  expect_golden("store", store, "v2");
  SegmentRecord segment = sample_segment();
  segment.mutable_binlog()->set_crc32c(0x0123'4567);
  segment.mutable_stats()->set_crc32c(0);
  expect_golden("segment", segment, "v2");
  IdRecord registered;
  registered.set_next(4);
  expect_golden("registered", registered, "v2");
}

}  // namespace
}  // namespace eyrie::catalog
