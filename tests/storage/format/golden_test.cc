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

}  // namespace
}  // namespace eyrie::storage::test
