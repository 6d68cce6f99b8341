// The bytes of a segment file of the local log.
//
//   header, 32 bytes:  magic "EYLG", u16 version, u16 zero, u64 first position, u64 CRC32C of the
//                      channel's name, u32 zero, u32 CRC32C of the 28 bytes before
//   record, 28 bytes:  u32 payload length, u32 CRC32C of the other 24 bytes and the payload,
//                      u64 position, i64 term, u32 group start; then the payload
//
// Little endian. Records are written in groups: one write, one sync, then the next group. A record
// carries the file offset at which its group starts, and so proves, wherever it is found whole,
// that everything before that offset had been synced when it was written. That tells a torn tail
// (what a crash may do to the last group) from damage to bytes that were durable. The first group's
// start is 0: the header is written with it and is not proven by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/status.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

inline constexpr std::size_t kSegmentHeaderBytes = 32;
inline constexpr std::size_t kRecordHeaderBytes = 28;

Bytes encode_segment_header(std::string_view channel, WalPosition first);
// data_loss: damaged, or of another channel or position. unsupported: of a newer build.
Status check_segment_header(BytesView file, std::string_view channel, WalPosition first);

struct SegmentRecord {
  WalPosition position = 0;
  WalTerm term = 0;
  std::uint32_t group_start = 0;
  BytesView payload;  // inside the given bytes

  std::size_t stored_bytes() const { return kRecordHeaderBytes + payload.size(); }
};

void append_record(Bytes& to, const SegmentRecord& record);
// How many bytes the record that begins here needs, itself not checked; none if there are fewer
// than a header's or if no record is that long.
std::optional<std::size_t> record_bytes(BytesView from);
// The record at the beginning of the bytes; none if there is no whole and undamaged one.
std::optional<SegmentRecord> parse_record(BytesView from);

// What a segment file holds.
struct SegmentScan {
  WalPosition last = 0;     // of the whole records from the beginning; 0: none
  std::uint64_t bytes = 0;  // up to there, with the header
  std::uint64_t last_group_start = 0;
  bool tail_is_bad = false;  // more bytes follow
  // The first bad byte lies before one that a later record proves to have been durable.
  bool durable_bytes_are_bad = false;
};

// Reads all of a file; the header's damage counts as that of byte 0. unsupported: a newer build's.
Result<SegmentScan> scan_segment(BytesView file, std::string_view channel, WalPosition first);

}  // namespace eyrie::storage
