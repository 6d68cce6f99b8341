#include "storage/zero_disk/block.h"

#include <charconv>

#include <fmt/format.h>

#include "runtime/crc32c.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr std::string_view kMagic = "EYZB";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kCoveredBytes = kBlockHeaderBytes - 4;  // by the header's own checksum
constexpr std::size_t kIndexDigits = 8;

Status damaged(const char* what) {
  return Status(Code::data_loss, std::string("a block of the log ") + what);
}

Status check_magic(BytesView bytes) {
  if (bytes.size() < kBlockHeaderBytes) return damaged("is too short");
  if (bytes.substr(0, 4) != kMagic) return damaged("is none");
  if (crc32c(bytes.substr(0, kCoveredBytes)) !=
      load_little_endian<std::uint32_t>(bytes, kCoveredBytes)) {
    return damaged("has a damaged header");
  }
  if (load_little_endian<std::uint16_t>(bytes, 4) > kVersion) {
    return Status(Code::unsupported, "a block of the log was written by a newer build");
  }
  return {};
}

Result<std::vector<Bytes>> split_records(BytesView body, std::uint32_t count) {
  std::vector<Bytes> records;
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (body.size() - at < kRecordLengthBytes) return fail(damaged("ends in a record"));
    const auto length = load_little_endian<std::uint32_t>(body, at);
    at += kRecordLengthBytes;
    if (length > kWalRecordBytesMax || body.size() - at < length) {
      return fail(damaged("ends in a record"));
    }
    records.emplace_back(body.substr(at, length));
    at += length;
  }
  if (at != body.size()) return fail(damaged("is longer than its records"));
  return records;
}

}  // namespace

Bytes encode_block(std::string_view channel, BlockHeader header,
                   const std::vector<Bytes>& records) {
  Bytes body;
  for (const Bytes& record : records) {
    append_little_endian(body, static_cast<std::uint32_t>(record.size()));
    body += record;
  }
  Bytes out(kMagic);
  append_little_endian(out, kVersion);
  append_little_endian(out, static_cast<std::uint16_t>(header.kind));
  append_little_endian(out, crc32c(channel));
  append_little_endian(out, static_cast<std::uint32_t>(records.size()));
  append_little_endian(out, header.segment);
  append_little_endian(out, header.index);
  append_little_endian(out, header.writer);
  append_little_endian(out, header.term);
  append_little_endian(out, header.first);
  append_little_endian(out, crc32c(body));
  append_little_endian(out, crc32c(out));
  out += body;
  return out;
}

Result<BlockHeader> decode_block_header(std::string_view channel, BytesView bytes) {
  EYRIE_RETURN_IF_ERROR(check_magic(bytes));
  const auto kind = load_little_endian<std::uint16_t>(bytes, 6);
  if (load_little_endian<std::uint32_t>(bytes, 8) != crc32c(channel)) {
    return fail(damaged("is of another channel"));
  }
  BlockHeader header;
  header.kind = static_cast<BlockHeader::Kind>(kind);
  header.count = load_little_endian<std::uint32_t>(bytes, 12);
  header.segment = load_little_endian<std::uint64_t>(bytes, 16);
  header.index = load_little_endian<std::uint64_t>(bytes, 24);
  header.writer = load_little_endian<std::uint64_t>(bytes, 32);
  header.term = load_little_endian<WalTerm>(bytes, 40);
  header.first = load_little_endian<std::uint64_t>(bytes, 48);
  const bool block = header.kind == BlockHeader::Kind::block && header.count > 0 &&
                     header.count <= kBlockRecordsMax && header.first > 0;
  const bool fence = header.kind == BlockHeader::Kind::fence && header.count == 0;
  if (!block && !fence) return fail(damaged("contradicts itself"));
  return header;
}

Result<LogBlock> decode_block(std::string_view channel, BytesView bytes) {
  LogBlock block;
  EYRIE_TRY(block.header, decode_block_header(channel, bytes));
  const BytesView body = bytes.substr(kBlockHeaderBytes);
  if (crc32c(body) != load_little_endian<std::uint32_t>(bytes, 56)) {
    return fail(damaged("has damaged records"));
  }
  EYRIE_TRY(block.records, split_records(body, block.header.count));
  return block;
}

std::string channel_prefix(std::string_view channel) {
  return fmt::format("log/{}/", channel);
}

std::string segment_prefix(std::string_view channel, std::uint64_t segment) {
  return fmt::format("log/{}/{:016x}/", channel, segment);
}

std::string block_key(std::string_view channel, std::uint64_t segment, std::uint64_t index) {
  return fmt::format("log/{}/{:016x}/{:08x}", channel, segment, index);
}

std::string merged_block_key(std::string_view channel, std::uint64_t segment, std::uint64_t name,
                             std::uint64_t index) {
  return fmt::format("log/{}/{:016x}/m-{:016x}-{:08x}", channel, segment, name, index);
}

std::optional<std::uint64_t> block_index_of(std::string_view key, std::string_view prefix) {
  const std::string_view digits = key.substr(prefix.size());
  std::uint64_t index = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, index, 16);
  if (digits.size() != kIndexDigits || parsed.ec != std::errc() || parsed.ptr != end) return {};
  return index;
}

}  // namespace eyrie::storage
