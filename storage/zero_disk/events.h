// What the zero-disk log tells.
#pragma once

#include "runtime/tracer.h"

namespace eyrie::storage {

// The term's first segment is committed. A process may end before it says so; then nobody writes in
// that term.
inline constexpr EventType<3> kZeroDiskOpened{
    "zero_disk.channel_opened", Level::info, {"channel", "term", "next"}};
inline constexpr EventType<4> kZeroDiskFenced{
    "zero_disk.segment_fenced", Level::info, {"channel", "segment", "blocks", "last"}};
inline constexpr EventType<4> kZeroDiskRolled{
    "zero_disk.segment_rolled", Level::info, {"channel", "segment", "blocks", "last"}};
// It is committed that nothing up to there is read any more. A process may end before it says so.
inline constexpr EventType<3> kZeroDiskTruncated{
    "zero_disk.truncated", Level::debug, {"channel", "term", "through"}};
inline constexpr EventType<4> kZeroDiskMerged{
    "zero_disk.segment_merged", Level::info, {"channel", "segment", "blocks", "into"}};
inline constexpr EventType<3> kZeroDiskCleaned{
    "zero_disk.cleaned", Level::debug, {"channel", "before_segment", "objects"}};
inline constexpr EventType<4> kZeroDiskBlockFailed{
    "zero_disk.block_failed", Level::warning, {"channel", "segment", "block", "why"}};
// An upload that was refused as not the first, and found to be this writer's own.
inline constexpr EventType<3> kZeroDiskOwnBlock{
    "zero_disk.own_block_found", Level::info, {"channel", "segment", "block"}};
// What need not succeed now and is tried again: merging, cleaning.
inline constexpr EventType<3> kZeroDiskChoreFailed{
    "zero_disk.chore_failed", Level::warning, {"channel", "chore", "why"}};
inline constexpr EventType<3> kZeroDiskDamaged{
    "zero_disk.damaged", Level::error, {"channel", "object", "why"}};

}  // namespace eyrie::storage
