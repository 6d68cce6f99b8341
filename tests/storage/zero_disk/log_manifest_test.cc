#include "storage/zero_disk/log_manifest.h"

#include <gtest/gtest.h>

namespace eyrie::storage {
namespace {

constexpr std::uint64_t kOpener = 17;

LogManifest opened(LogManifest before, WalTerm term, std::uint64_t opener = kOpener,
                   std::optional<SegmentEnd> end = {}) {
  return end_opening(begin_opening(std::move(before), term, opener).value(), term, opener, end)
      .value();
}

Code code_of(const Result<LogManifest>& result) {
  return result ? Code::ok : result.error().code();
}

TEST(LogManifest, ATermIsOpenedOnceByOneOpener) {
  const LogManifest begun = begin_opening({}, 3, kOpener).value();
  EXPECT_EQ(begun.term, 3);
  EXPECT_EQ(begin_opening(begun, 3, kOpener).value(), begun);
  EXPECT_EQ(code_of(begin_opening(begun, 3, kOpener + 1)), Code::fenced);
  EXPECT_EQ(code_of(begin_opening(begun, 2, kOpener)), Code::fenced);
  EXPECT_EQ(code_of(begin_opening(begun, 4, kOpener + 1)), Code::ok);
}

TEST(LogManifest, AnOpeningEndsOnceAndNotAfterAnotherHasBegun) {
  const LogManifest first = opened({}, 1);
  EXPECT_EQ(first.segments.size(), 1u);
  EXPECT_EQ(first.segments[0].first, 1u);
  EXPECT_EQ(end_opening(first, 1, kOpener, {}).value(), first);
  const LogManifest next = begin_opening(first, 2, kOpener + 1).value();
  EXPECT_EQ(code_of(end_opening(next, 1, kOpener, {})), Code::fenced);
  EXPECT_EQ(code_of(end_opening(next, 2, kOpener, SegmentEnd{1, 0, 0})), Code::fenced);
  // The older term's segment is open: it must be ended first.
  EXPECT_EQ(code_of(end_opening(next, 2, kOpener + 1, {})), Code::conflict);
  EXPECT_EQ(code_of(end_opening(next, 2, kOpener + 1, SegmentEnd{9, 1, 5})), Code::conflict);
}

TEST(LogManifest, AnOpeningClosesTheOlderTermsSegmentWhereItEnds) {
  const LogManifest first = opened({}, 1);
  const LogManifest second = opened(first, 2, kOpener + 1, SegmentEnd{1, 3, 40});
  ASSERT_EQ(second.segments.size(), 2u);
  EXPECT_TRUE(second.segments[0].closed);
  EXPECT_EQ(second.segments[0].blocks, 3u);
  EXPECT_EQ(second.segments[0].last, 40u);
  EXPECT_EQ(second.segments[1].first, 41u);
  EXPECT_EQ(second.segments[1].id, 2u);
  EXPECT_EQ(second.segments[1].writer, kOpener + 1);
}

TEST(LogManifest, ASegmentWithoutRecordsGoesAndItsNumberIsNotUsedAgain) {
  const LogManifest second = opened(opened({}, 1), 2, kOpener, SegmentEnd{1, 0, 0});
  ASSERT_EQ(second.segments.size(), 1u);
  EXPECT_EQ(second.segments[0].id, 2u);
  EXPECT_EQ(second.segments[0].first, 1u);
}

TEST(LogManifest, RollingIsOfTheNewestTermAndMayBeRepeated) {
  const LogManifest first = opened({}, 1);
  const LogManifest rolled = roll(first, 1, {1, 2, 10}).value();
  ASSERT_EQ(rolled.segments.size(), 2u);
  EXPECT_EQ(rolled.segments[1].first, 11u);
  EXPECT_EQ(rolled.segments[1].writer, kOpener);
  EXPECT_EQ(roll(rolled, 1, {1, 2, 10}).value(), rolled);
  const LogManifest next = begin_opening(first, 2, kOpener).value();
  EXPECT_EQ(code_of(roll(next, 1, {1, 2, 10})), Code::fenced);
}

TEST(LogManifest, TruncationTakesWholeSegmentsButTheLast) {
  LogManifest manifest = opened({}, 1);
  manifest = roll(manifest, 1, {1, 2, 10}).value();
  manifest = roll(manifest, 1, {2, 2, 20}).value();
  EXPECT_EQ(code_of(truncate(manifest, 2, 5)), Code::fenced);
  EXPECT_EQ(truncate(manifest, 1, 9)->segments.size(), 3u);
  EXPECT_EQ(truncate(manifest, 1, 10)->segments.size(), 2u);
  const LogManifest all = truncate(manifest, 1, 20).value();
  EXPECT_EQ(all.segments.size(), 1u);
  EXPECT_EQ(truncate(all, 1, 4)->truncated_to, 20u);
  const LogManifest next = opened(all, 2, kOpener, SegmentEnd{3, 0, 20});
  EXPECT_EQ(next.segments[0].first, 21u);
}

TEST(LogManifest, MergedBlocksReplaceThoseOfAClosedSegmentOnce) {
  const LogManifest manifest = roll(opened({}, 1), 1, {1, 4, 10}).value();
  const LogManifest merged = replace_blocks(manifest, 1, 1, {99, 1}).value();
  EXPECT_EQ(merged.segments[0].merged, (MergedBlocks{99, 1}));
  EXPECT_EQ(replace_blocks(merged, 1, 1, {100, 1}).value(), merged);
  EXPECT_EQ(replace_blocks(merged, 1, 2, {100, 1}).value(), merged);  // open
  EXPECT_EQ(replace_blocks(merged, 1, 7, {100, 1}).value(), merged);  // absent
  EXPECT_EQ(code_of(replace_blocks(manifest, 2, 1, {99, 1})), Code::fenced);
}

TEST(LogManifest, PositionsAreFoundInTheirSegments) {
  LogManifest manifest = roll(opened({}, 1), 1, {1, 2, 10}).value();
  EXPECT_EQ(manifest.find(0), nullptr);
  EXPECT_EQ(manifest.find(1)->id, 1u);
  EXPECT_EQ(manifest.find(10)->id, 1u);
  EXPECT_EQ(manifest.find(11)->id, 2u);
  EXPECT_EQ(manifest.find(1'000)->id, 2u);
  EXPECT_EQ(LogManifest().find(1), nullptr);
}

TEST(LogManifest, ReadsWhatItWroteAndNothingThatContradictsItself) {
  LogManifest manifest = roll(opened({}, 1), 1, {1, 4, 10}).value();
  manifest = replace_blocks(manifest, 1, 1, {99, 1}).value();
  manifest = truncate(manifest, 1, 3).value();
  EXPECT_EQ(decode_log_manifest(encode_log_manifest(manifest)).value(), manifest);
  LogManifest gap = manifest;
  gap.segments[1].first = 12;
  EXPECT_EQ(code_of(decode_log_manifest(encode_log_manifest(gap))), Code::data_loss);
  LogManifest open = manifest;
  open.segments[0].closed = false;
  EXPECT_EQ(code_of(decode_log_manifest(encode_log_manifest(open))), Code::data_loss);
  LogManifest reused = manifest;
  reused.next_segment = 2;
  EXPECT_EQ(code_of(decode_log_manifest(encode_log_manifest(reused))), Code::data_loss);
  LogManifest future = manifest;
  future.segments[1].term = 2;
  EXPECT_EQ(code_of(decode_log_manifest(encode_log_manifest(future))), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::storage
