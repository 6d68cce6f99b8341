// The objects of the zero-disk log: blocks of records, and fences, which end a segment (W6).
//
//   header, 64 bytes:  magic "EYZB", u16 version, u16 kind (1 block, 2 fence), u32 CRC32C of the
//                      channel's name, u32 count of records, u64 segment, u64 index in it,
//                      u64 writer, i64 term, u64 first position, u32 CRC32C of what follows the
//                      header, u32 CRC32C of the 60 bytes before
//   each record:       u32 length, then its bytes
//
// Little endian. A fence is a header: its writer and term are those of who put it there. Whoever
// finds an object knows from the header alone whose it is and which positions it holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

inline constexpr std::size_t kBlockHeaderBytes = 64;
inline constexpr std::size_t kRecordLengthBytes = 4;
// A fence's, and no block's: these have at least one record.
inline constexpr std::size_t kFenceBytes = kBlockHeaderBytes;
inline constexpr std::uint32_t kBlockRecordsMax = 1u << 20;

struct BlockHeader {
  enum class Kind : std::uint16_t { block = 1, fence = 2 };

  Kind kind = Kind::block;
  std::uint64_t segment = 0;
  std::uint64_t index = 0;
  std::uint64_t writer = 0;
  WalTerm term = 0;
  WalPosition first = 0;  // of a block's records
  std::uint32_t count = 0;

  WalPosition last() const { return first + count - 1; }
  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

struct LogBlock {
  BlockHeader header;
  std::vector<Bytes> records;  // header.count of them
};

// `records` of a fence: none. header.count is that of the records.
Bytes encode_block(std::string_view channel, BlockHeader header, const std::vector<Bytes>& records);
// From an object's first kBlockHeaderBytes or more. data_loss: damaged, or of another channel.
// unsupported: of a newer build.
Result<BlockHeader> decode_block_header(std::string_view channel, BytesView bytes);
// The whole object; the same errors.
Result<LogBlock> decode_block(std::string_view channel, BytesView bytes);

// --- names of objects: in the order of segments and blocks ---
// Of everything of the channel: "log/CHANNEL/".
std::string channel_prefix(std::string_view channel);
// "log/CHANNEL/SEGMENT/", 16 hexadecimal digits.
std::string segment_prefix(std::string_view channel, std::uint64_t segment);
// "log/CHANNEL/SEGMENT/INDEX", 8 digits.
std::string block_key(std::string_view channel, std::uint64_t segment, std::uint64_t index);
// "log/CHANNEL/SEGMENT/m-NAME-INDEX".
std::string merged_block_key(std::string_view channel, std::uint64_t segment, std::uint64_t name,
                             std::uint64_t index);
// The index that a key with that segment's prefix names; none for others than a writer's blocks.
std::optional<std::uint64_t> block_index_of(std::string_view key, std::string_view prefix);

}  // namespace eyrie::storage
