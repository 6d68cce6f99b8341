#include "storage/zero_disk/block.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr const char* kChannel = "dml_0";

BlockHeader header() {
  return {.kind = BlockHeader::Kind::block,
          .segment = 7,
          .index = 3,
          .writer = 99,
          .term = 5,
          .first = 40,
          .count = 2};
}

Bytes block() {
  return encode_block(kChannel, header(), {"first", ""});
}

TEST(Block, ReadsWhatItWrote) {
  const LogBlock read = decode_block(kChannel, block()).value();
  EXPECT_EQ(read.header, header());
  EXPECT_EQ(read.header.last(), 41u);
  EXPECT_EQ(read.records, (std::vector<Bytes>{"first", ""}));
}

TEST(Block, HeaderIsReadFromTheFirstBytesAlone) {
  EXPECT_EQ(decode_block_header(kChannel, block().substr(0, kBlockHeaderBytes)).value(), header());
}

TEST(Block, IsOfItsChannelAlone) {
  EXPECT_EQ(decode_block("dml_1", block()).error().code(), Code::data_loss);
}

TEST(Block, NoDamagedByteIsTakenForAnother) {
  const Bytes whole = block();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes damaged = whole;
    damaged[at] ^= 0x10;
    EXPECT_EQ(decode_block(kChannel, damaged).error().code(), Code::data_loss) << at;
    EXPECT_EQ(decode_block(kChannel, whole.substr(0, at)).error().code(), Code::data_loss) << at;
  }
  EXPECT_EQ(decode_block(kChannel, whole + "x").error().code(), Code::data_loss);
}

TEST(Block, FenceHasNoRecords) {
  BlockHeader fence = header();
  fence.kind = BlockHeader::Kind::fence;
  fence.first = 0;
  fence.count = 0;
  EXPECT_EQ(decode_block(kChannel, encode_block(kChannel, fence, {})).value().header, fence);
  EXPECT_EQ(decode_block(kChannel, encode_block(kChannel, fence, {"x"})).error().code(),
            Code::data_loss);
  EXPECT_EQ(decode_block(kChannel, encode_block(kChannel, header(), {})).error().code(),
            Code::data_loss);
}

TEST(Block, AnyBytesAreRefusedOrRead) {
  EXPECT_TRUE(rc::check(
      [](const std::string& bytes) { RC_ASSERT(!decode_block(kChannel, bytes).has_value()); }));
}

TEST(Block, NamesAreInTheOrderOfSegmentsAndBlocks) {
  EXPECT_LT(block_key(kChannel, 9, 1), block_key(kChannel, 16, 0));
  EXPECT_LT(block_key(kChannel, 9, 9), block_key(kChannel, 9, 16));
  const std::string prefix = segment_prefix(kChannel, 9);
  EXPECT_EQ(block_index_of(block_key(kChannel, 9, 300), prefix), 300u);
  EXPECT_EQ(block_index_of(merged_block_key(kChannel, 9, 1, 0), prefix), std::nullopt);
  EXPECT_EQ(block_index_of(prefix + "0000000g", prefix), std::nullopt);
  EXPECT_EQ(block_index_of(prefix + "+0000001", prefix), std::nullopt);
}

}  // namespace
}  // namespace eyrie::storage
