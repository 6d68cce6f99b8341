#include "tests/storage/golden.h"

#include <gtest/gtest.h>

#include "storage/local_log/channel_state.h"
#include "storage/local_log/segment_format.h"

namespace eyrie::storage {
namespace {

TEST(LocalLogGolden, StateOfVersionOneReadsAndWritesTheSameBytes) {
  const ChannelState state{"dml_0", 7, 41};
  const Bytes stored = test::golden_file("v1", "local_log_state", encode_channel_state(state));
  EXPECT_EQ(decode_channel_state(stored).value(), state);
  EXPECT_EQ(encode_channel_state(state), stored);
  for (std::size_t length = 0; length < stored.size(); ++length) {
    EXPECT_EQ(decode_channel_state(BytesView(stored).substr(0, length)).error().code(),
              Code::data_loss);
  }
}

TEST(LocalLogGolden, SegmentOfVersionOneReadsAndWritesTheSameBytes) {
  Bytes bytes = encode_segment_header("dml_0", 42);
  append_record(bytes, {42, 7, 0, "first"});
  append_record(bytes, {43, 7, static_cast<std::uint32_t>(bytes.size()), ""});
  const Bytes stored = test::golden_file("v1", "local_log_segment", bytes);
  EXPECT_EQ(bytes, stored);
  const SegmentScan scan = scan_segment(stored, "dml_0", 42).value();
  EXPECT_EQ(scan.last, 43u);
  EXPECT_FALSE(scan.tail_is_bad);
}

}  // namespace
}  // namespace eyrie::storage
