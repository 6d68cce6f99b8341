#include "tests/storage/golden.h"

#include <gtest/gtest.h>

#include "storage/zero_disk/block.h"
#include "storage/zero_disk/log_manifest.h"

namespace eyrie::storage {
namespace {

TEST(ZeroDiskGolden, BlockOfVersionOneReadsAndWritesTheSameBytes) {
  const BlockHeader header{.kind = BlockHeader::Kind::block,
                           .segment = 7,
                           .index = 3,
                           .writer = 0x0123456789abcdef,
                           .term = 5,
                           .first = 40,
                           .count = 2};
  const Bytes bytes = encode_block("dml_0", header, {"first", ""});
  const Bytes stored = test::golden_file("v1", "log_block", bytes);
  EXPECT_EQ(bytes, stored);
  EXPECT_EQ(decode_block("dml_0", stored).value().header, header);
}

TEST(ZeroDiskGolden, ManifestOfVersionOneReadsAndWritesTheSameBytes) {
  LogManifest manifest{.term = 4,
                       .opener = 0x0123456789abcdef,
                       .truncated_to = 12,
                       .next_segment = 9,
                       .segments = {}};
  manifest.segments.push_back({.id = 6,
                               .first = 10,
                               .term = 3,
                               .writer = 77,
                               .closed = true,
                               .blocks = 5,
                               .last = 30,
                               .merged = MergedBlocks{88, 1}});
  manifest.segments.push_back({.id = 8, .first = 31, .term = 4, .writer = 0x0123456789abcdef});
  const Bytes bytes = encode_log_manifest(manifest);
  const Bytes stored = test::golden_file("v1", "log_manifest", bytes);
  EXPECT_EQ(bytes, stored);
  EXPECT_EQ(decode_log_manifest(stored).value(), manifest);
}

}  // namespace
}  // namespace eyrie::storage
