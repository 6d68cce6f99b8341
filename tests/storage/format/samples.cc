#include "tests/storage/format/samples.h"

#include <limits>

#include "runtime/check.h"
#include "storage/format/paths.h"

namespace eyrie::storage::test {

namespace {

constexpr SegmentPlace kPlace{CollectionId(7), PartitionId(8), SegmentId(9)};
constexpr const char* kVirtualChannel = "by-dev-rootcoord-dml_0_7v0";

WalRecord record(std::uint64_t position, decltype(WalRecord::body) body) {
  return {Timestamp(static_cast<std::int64_t>(1'000 + position)), position, 3,
          "by-dev-rootcoord-dml_0", std::move(body)};
}

template <class Value>
Bytes bytes_of(Result<Value> encoded) {
  EYRIE_CHECK(encoded.has_value(), "a sample is not valid");
  return std::move(*encoded);
}

}  // namespace

Columns sample_columns() {
  using Int64 = std::numeric_limits<std::int64_t>;
  return Columns{{
      {FieldId(100), std::vector<std::int64_t>{Int64::min(), 0, Int64::max()}},
      {FieldId(101), Booleans{0, 1, 1}},
      {FieldId(102), std::vector<std::int8_t>{-128, 0, 127}},
      {FieldId(103), std::vector<std::int16_t>{-32'768, 0, 32'767}},
      {FieldId(104), std::vector<std::int32_t>{-7, 0, 7}},
      {FieldId(105), std::vector<float>{0.5F, -0.0F, 1e-45F}},
      {FieldId(106), std::vector<double>{0.1, -0.0, 5e-324}},
      {FieldId(107), std::vector<std::string>{"", "two words", std::string("\0\xff", 2)}},
      {FieldId(108), FloatVectors{2, {1.0F, 2.0F, -3.5F, 0.0F, 1e38F, 1e-38F}}},
  }};
}

InsertRecord sample_insert() {
  return {kPlace.collection, kPlace.partition, kPlace.segment, kVirtualChannel, sample_columns()};
}

std::vector<WalRecord> sample_wal_records() {
  const PrimaryKeys numbers(std::vector<std::int64_t>{5, -5});
  const PrimaryKeys texts(std::vector<std::string>{"a", ""});
  return {
      record(1, TimeTickRecord{}),
      record(2, CreateCollectionRecord{kPlace.collection,
                                       kVirtualChannel,
                                       {PartitionId(8), PartitionId(10)},
                                       Bytes("schema")}),
      record(3, sample_insert()),
      record(4, DeleteRecord{kPlace.collection, PartitionId(), kVirtualChannel, texts}),
      record(5, UpsertRecord{sample_insert(), numbers}),
      record(6, FlushRecord{kPlace.collection, kVirtualChannel}),
      record(7, DropCollectionRecord{kPlace.collection, kVirtualChannel}),
  };
}

Binlog sample_binlog() {
  return {kPlace, {Timestamp(11), Timestamp(11), Timestamp(12)}, sample_columns()};
}

DeltaLog sample_delta_log() {
  return {kPlace,
          PrimaryKeys(std::vector<std::string>{"b", "a", ""}),
          {Timestamp(20), Timestamp(21), Timestamp(21)}};
}

DeltaLog sample_delta_log_of_integers() {
  return {kPlace,
          PrimaryKeys(std::vector<std::int64_t>{7, INT64_MIN, INT64_MAX, 8}),
          {Timestamp(20), Timestamp(INT64_MAX), Timestamp(1), Timestamp(21)}};
}

KeyStats sample_key_stats() {
  KeyStats stats(kPlace, FieldId(100), 20);
  std::vector<std::int64_t> keys;
  for (std::int64_t key = -10; key < 10; ++key) keys.push_back(key * 1'000'003);
  EYRIE_CHECK(stats.add(PrimaryKeys(std::move(keys))).ok());
  return stats;
}

Manifest sample_manifest() {
  const auto key = [](LogKind kind) { return log_key({kind, kPlace, LogId(30), AttemptId(40)}); };
  SegmentFile rows = describe_file(SegmentFile::Kind::binlog, key(LogKind::insert_log), "rows");
  rows.rows = 3;
  rows.timestamp_min = Timestamp(11);
  rows.timestamp_max = Timestamp(12);
  return {kPlace,
          2,
          {rows, describe_file(SegmentFile::Kind::delta_log, key(LogKind::delta_log), "deletes"),
           describe_file(SegmentFile::Kind::stats, key(LogKind::stats_log), ""),
           describe_file(SegmentFile::Kind::index, "index_files/1/2/3/4/graph", "graph")}};
}

std::vector<SampleFile> sample_files(std::int32_t format) {
  std::vector<SampleFile> files;
  const auto rewrite_record = [](BytesView bytes) -> Result<Bytes> {
    EYRIE_TRY(const WalRecord decoded, decode_wal_record(bytes));
    return encode_wal_record(decoded);
  };
  const std::vector<WalRecord> records = sample_wal_records();
  const std::vector<std::string> names{
      "time_tick", "create_collection", "insert", "delete", "upsert", "flush", "drop_collection"};
  for (std::size_t i = 0; i < records.size(); ++i) {
    files.push_back(
        {"wal_" + names.at(i), bytes_of(encode_wal_record(records[i])), rewrite_record});
  }
  files.push_back({"binlog", bytes_of(encode_binlog(sample_binlog(), format)),
                   [format](BytesView bytes) -> Result<Bytes> {
                     EYRIE_TRY(const Binlog decoded, decode_binlog(bytes));
                     return encode_binlog(decoded, format);
                   }});
  const auto rewrite_delta_log = [format](BytesView bytes) -> Result<Bytes> {
    EYRIE_TRY(const DeltaLog decoded, decode_delta_log(bytes));
    return encode_delta_log(decoded, format);
  };
  files.push_back(
      {"delta_log", bytes_of(encode_delta_log(sample_delta_log(), format)), rewrite_delta_log});
  files.push_back({"delta_log_of_integers",
                   bytes_of(encode_delta_log(sample_delta_log_of_integers(), format)),
                   rewrite_delta_log});
  files.push_back(
      {"key_stats", encode_key_stats(sample_key_stats()), [](BytesView bytes) -> Result<Bytes> {
         EYRIE_TRY(const KeyStats decoded, decode_key_stats(bytes));
         return encode_key_stats(decoded);
       }});
  files.push_back(
      {"manifest", encode_manifest(sample_manifest()), [](BytesView bytes) -> Result<Bytes> {
         EYRIE_TRY(const Manifest decoded, decode_manifest(bytes));
         return encode_manifest(decoded);
       }});
  return files;
}

}  // namespace eyrie::storage::test
