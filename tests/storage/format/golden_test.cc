#include "tests/storage/golden.h"

#include <gtest/gtest.h>

#include "tests/storage/format/samples.h"

namespace eyrie::storage::test {
namespace {

TEST(Golden, FilesOfVersionOneReadAndWriteTheSameBytes) {
  for (const SampleFile& sample : sample_files()) {
    const Bytes stored = golden_file("v1", sample.name, sample.bytes);
    EXPECT_EQ(stored, sample.bytes) << sample.name;
    const Result<Bytes> rewritten = sample.rewrite(stored);
    ASSERT_TRUE(rewritten.has_value()) << sample.name << ": " << rewritten.error();
    EXPECT_EQ(*rewritten, stored) << sample.name;
  }
}

TEST(Golden, FilesOfVersionOneStillMeanTheSame) {
  const std::vector<WalRecord> records = sample_wal_records();
  std::vector<SampleFile> files = sample_files();
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(decode_wal_record(golden_file("v1", files[i].name, {})).value(), records[i]);
  }
  EXPECT_EQ(decode_binlog(golden_file("v1", "binlog", {})).value(), sample_binlog());
  EXPECT_EQ(decode_delta_log(golden_file("v1", "delta_log", {})).value(), sample_delta_log());
  EXPECT_EQ(decode_key_stats(golden_file("v1", "key_stats", {})).value(), sample_key_stats());
  EXPECT_EQ(decode_manifest(golden_file("v1", "manifest", {})).value(), sample_manifest());
}

// Those that format 2 keeps otherwise.
TEST(Golden, FilesOfVersionTwoReadAndWriteTheSameBytesAndMeanTheSame) {
  int changed = 0;
  const std::vector<SampleFile> before = sample_files(1);
  const std::vector<SampleFile> now = sample_files(2);
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i].bytes == before[i].bytes) continue;
    ++changed;
    const Bytes stored = golden_file("v2", now[i].name, now[i].bytes);
    EXPECT_EQ(stored, now[i].bytes) << now[i].name;
    EXPECT_EQ(now[i].rewrite(stored).value(), stored) << now[i].name;
    EXPECT_EQ(now[i].rewrite(before[i].bytes).value(), stored) << now[i].name;
  }
  EXPECT_EQ(changed, 3);
  EXPECT_EQ(decode_binlog(golden_file("v2", "binlog", {})).value(), sample_binlog());
  EXPECT_EQ(decode_delta_log(golden_file("v2", "delta_log", {})).value(), sample_delta_log());
  EXPECT_EQ(decode_delta_log(golden_file("v2", "delta_log_of_integers", {})).value(),
            sample_delta_log_of_integers());
}

TEST(Golden, ABuildOfTheReleaseBeforeRefusesFilesOfVersionTwo) {
  EXPECT_EQ(decode_binlog(golden_file("v2", "binlog", {}), 1).error(),
            Status(Code::unsupported, "binlog has format version 2; this build reads up to 1"));
  EXPECT_EQ(decode_delta_log(golden_file("v2", "delta_log", {}), 1).error(),
            Status(Code::unsupported, "delta log has format version 2; this build reads up to 1"));
}

// What the format is for: rows and deletes as a busy shard has them.
TEST(Format, VersionTwoOfADeltaLogIsLessThanHalfAsLarge) {
  DeltaLog deletes{sample_delta_log().place, {}, {}};
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 10'000; ++i) {
    keys.push_back(1'000'000 + i * 37 % 10'007);
    deletes.timestamps.emplace_back(463'268'749'000'000'000 + (i / 50) * (3 << 18) + i % 50);
  }
  deletes.keys = PrimaryKeys(std::move(keys));
  const std::size_t before = encode_delta_log(deletes, 1)->size();
  const std::size_t now = encode_delta_log(deletes, 2)->size();
  RecordProperty("bytes_version_1", static_cast<int>(before));
  RecordProperty("bytes_version_2", static_cast<int>(now));
  EXPECT_LT(now * 2, before);
  EXPECT_EQ(decode_delta_log(encode_delta_log(deletes, 2).value()).value(), deletes);
}

}  // namespace
}  // namespace eyrie::storage::test
