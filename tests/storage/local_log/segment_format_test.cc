#include "storage/local_log/segment_format.h"

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr const char* kChannel = "dml_0";

// Groups of the given sizes, as the writer lays them out.
Bytes segment_of(WalPosition first, const std::vector<int>& groups) {
  Bytes bytes = encode_segment_header(kChannel, first);
  WalPosition position = first;
  bool begin = true;
  for (const int size : groups) {
    const auto start = begin ? 0u : static_cast<std::uint32_t>(bytes.size());
    begin = false;
    for (int i = 0; i < size; ++i) append_record(bytes, {position++, 3, start, "payload"});
  }
  return bytes;
}

constexpr std::size_t kRecord = kRecordHeaderBytes + 7;

TEST(SegmentFormat, AWholeSegmentIsScannedToItsEnd) {
  const Bytes bytes = segment_of(10, {2, 1, 3});
  const SegmentScan scan = scan_segment(bytes, kChannel, 10).value();
  EXPECT_EQ(scan.last, 15u);
  EXPECT_EQ(scan.bytes, bytes.size());
  EXPECT_EQ(scan.last_group_start, kSegmentHeaderBytes + 3 * kRecord);
  EXPECT_FALSE(scan.tail_is_bad);
  EXPECT_FALSE(scan.durable_bytes_are_bad);
}

TEST(SegmentFormat, EveryTruncationIsATornTail) {
  const Bytes bytes = segment_of(10, {2, 1, 3});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const SegmentScan scan = scan_segment(bytes.substr(0, length), kChannel, 10).value();
    const std::size_t whole =
        length < kSegmentHeaderBytes ? 0 : (length - kSegmentHeaderBytes) / kRecord;
    EXPECT_EQ(scan.last, whole == 0 ? 0 : 9 + whole);
    EXPECT_FALSE(scan.durable_bytes_are_bad);
  }
}

TEST(SegmentFormat, AFlippedBitIsDataLossOnlyWhereALaterGroupProvesIt) {
  const Bytes bytes = segment_of(10, {2, 1, 3});
  const std::size_t last_group = kSegmentHeaderBytes + 3 * kRecord;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const Result<SegmentScan> scan = scan_segment(damaged, kChannel, 10);
    ASSERT_TRUE(scan.has_value()) << scan.error();
    EXPECT_TRUE(scan->tail_is_bad) << bit;
    EXPECT_EQ(scan->durable_bytes_are_bad, bit / 8 < last_group) << bit;
  }
}

TEST(SegmentFormat, AGroupWhoseRecordsLandedOutOfOrderIsATornTail) {
  Bytes bytes = segment_of(10, {2, 3});
  const std::size_t second = kSegmentHeaderBytes + 2 * kRecord;
  bytes.replace(second, kRecord, kRecord, '\0');
  const SegmentScan scan = scan_segment(bytes, kChannel, 10).value();
  EXPECT_EQ(scan.last, 11u);
  EXPECT_TRUE(scan.tail_is_bad);
  EXPECT_FALSE(scan.durable_bytes_are_bad);
}

TEST(SegmentFormat, ASegmentOfAnotherChannelOrPositionIsRefused) {
  const Bytes bytes = segment_of(10, {1, 1});
  EXPECT_TRUE(check_segment_header(bytes, kChannel, 10).ok());
  EXPECT_EQ(check_segment_header(bytes, "dml_1", 10).code(), Code::data_loss);
  EXPECT_EQ(check_segment_header(bytes, kChannel, 11).code(), Code::data_loss);
}

TEST(SegmentFormat, RecordsKeepTheirFields) {
  Bytes bytes;
  append_record(bytes, {7, -3, 99, Bytes(1'000, 'x')});
  const auto record = parse_record(bytes);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->position, 7u);
  EXPECT_EQ(record->term, -3);
  EXPECT_EQ(record->group_start, 99u);
  EXPECT_EQ(record->payload, Bytes(1'000, 'x'));
  EXPECT_EQ(record_bytes(bytes), bytes.size());
  EXPECT_FALSE(record_bytes(Bytes(kRecordHeaderBytes, '\xff')).has_value());
}

}  // namespace
}  // namespace eyrie::storage
