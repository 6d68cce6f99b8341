#include "storage/local_log/segment_format.h"

#include "runtime/check.h"
#include "runtime/crc32c.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr BytesView kMagic = "EYLG";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderChecksumAt = kSegmentHeaderBytes - sizeof(std::uint32_t);
constexpr std::size_t kVersionAt = 4;

std::uint32_t record_checksum(BytesView length, BytesView behind) {
  return crc32c(behind, crc32c(length));
}

// True if a whole record somewhere behind `bad` proves that the byte there had been synced.
bool proven_durable(BytesView file, std::uint64_t bad, WalPosition expected) {
  for (std::size_t at = bad + 1; at + kRecordHeaderBytes <= file.size(); ++at) {
    const BytesView here = file.substr(at);
    // Cheap tests first: this runs at every byte of a damaged tail.
    const auto position = load_little_endian<std::uint64_t>(here, 8);
    const auto group_start = load_little_endian<std::uint32_t>(here, 24);
    if (position < expected || position - expected > file.size()) continue;
    if (group_start <= bad || group_start > at) continue;
    if (parse_record(here)) return true;
  }
  return false;
}

}  // namespace

Bytes encode_segment_header(std::string_view channel, WalPosition first) {
  Bytes header(kMagic);
  append_little_endian(header, kVersion);
  append_little_endian(header, std::uint16_t{0});
  append_little_endian(header, std::uint64_t{first});
  append_little_endian(header, std::uint64_t{crc32c(channel)});
  append_little_endian(header, std::uint32_t{0});
  append_little_endian(header, crc32c(header));
  return header;
}

Status check_segment_header(BytesView file, std::string_view channel, WalPosition first) {
  const BytesView header = file.substr(0, kSegmentHeaderBytes);
  if (header.size() < kSegmentHeaderBytes || !header.starts_with(kMagic) ||
      load_little_endian<std::uint32_t>(header, kHeaderChecksumAt) !=
          crc32c(header.substr(0, kHeaderChecksumAt))) {
    return Status(Code::data_loss, "a log segment's header is damaged");
  }
  const auto version = load_little_endian<std::uint16_t>(header, kVersionAt);
  if (version != kVersion) {
    return Status(Code::unsupported, "a log segment has format version " + std::to_string(version) +
                                         "; this build reads up to " + std::to_string(kVersion));
  }
  if (header != encode_segment_header(channel, first)) {
    return Status(Code::data_loss, "a log segment belongs to another channel or position");
  }
  return {};
}

void append_record(Bytes& to, const SegmentRecord& record) {
  const std::size_t begin = to.size();
  append_little_endian(to, static_cast<std::uint32_t>(record.payload.size()));
  append_little_endian(to, std::uint32_t{0});
  append_little_endian(to, std::uint64_t{record.position});
  append_little_endian(to, std::int64_t{record.term});
  append_little_endian(to, record.group_start);
  to.append(record.payload);
  const BytesView all = BytesView(to).substr(begin);
  const std::uint32_t checksum = record_checksum(all.substr(0, 4), all.substr(8));
  Bytes encoded;
  append_little_endian(encoded, checksum);
  to.replace(begin + 4, encoded.size(), encoded);
}

std::optional<std::size_t> record_bytes(BytesView from) {
  if (from.size() < kRecordHeaderBytes) return {};
  const auto length = load_little_endian<std::uint32_t>(from, 0);
  if (length > kWalRecordBytesMax) return {};
  return kRecordHeaderBytes + length;
}

std::optional<SegmentRecord> parse_record(BytesView from) {
  const std::optional<std::size_t> bytes = record_bytes(from);
  if (!bytes || *bytes > from.size()) return {};
  const BytesView all = from.substr(0, *bytes);
  if (load_little_endian<std::uint32_t>(all, 4) !=
      record_checksum(all.substr(0, 4), all.substr(8))) {
    return {};
  }
  return SegmentRecord{load_little_endian<std::uint64_t>(all, 8),
                       load_little_endian<std::int64_t>(all, 16),
                       load_little_endian<std::uint32_t>(all, 24), all.substr(kRecordHeaderBytes)};
}

Result<SegmentScan> scan_segment(BytesView file, std::string_view channel, WalPosition first) {
  SegmentScan scan;
  const Status header = check_segment_header(file, channel, first);
  if (header.code() == Code::unsupported) return fail(header);
  WalPosition expected = first;
  if (header.ok()) {
    scan.bytes = kSegmentHeaderBytes;
    while (const auto record = parse_record(file.substr(scan.bytes))) {
      if (record->position != expected) break;
      scan.last = expected++;
      scan.last_group_start = record->group_start;
      scan.bytes += record->stored_bytes();
    }
  }
  scan.tail_is_bad = scan.bytes < file.size();
  scan.durable_bytes_are_bad = scan.tail_is_bad && proven_durable(file, scan.bytes, expected);
  return scan;
}

}  // namespace eyrie::storage
