#include "storage/directory/object_file.h"

#include <algorithm>
#include <vector>

#include "runtime/crc32c.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr BytesView kMagic = "EYOB";
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kTrailerChecksumAt = kObjectTrailerBytes - sizeof(std::uint32_t);
constexpr std::size_t kTableChecksumAt = kTrailerChecksumAt - sizeof(std::uint32_t);
constexpr std::size_t kEntryBytes = sizeof(std::uint32_t);
constexpr std::size_t kNameBytesMax = 200;  // with the marks: a file name's limit is 255
constexpr char kMark = '%';
constexpr char kFileMark = '@';

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '/' || c == '=' || c == '-';
}

void append_part(std::string& path, std::string_view part) {
  if (part.empty() || part == "." || part == "..") path.push_back(kMark);
  while (part.size() > kNameBytesMax) {
    path.append(part.substr(0, kNameBytesMax)).append({kMark, '/'});
    part.remove_prefix(kNameBytesMax);
  }
  path.append(part);
}

Status damaged(std::string_view key, std::string_view how) {
  return Status(Code::data_loss,
                "object '" + std::string(key) + "' is damaged: " + std::string(how));
}

Bytes make_table(BytesView data) {
  Bytes table;
  for (std::size_t at = 0; at < data.size(); at += kObjectBlockBytes) {
    append_little_endian(table, crc32c(data.substr(at, kObjectBlockBytes)));
  }
  return table;
}

Bytes make_trailer(std::string_view key, std::uint64_t length, std::uint32_t table_checksum) {
  Bytes trailer(kMagic);
  append_little_endian(trailer, kVersion);
  append_little_endian(trailer, std::uint16_t{0});
  append_little_endian(trailer, length);
  append_little_endian(trailer, static_cast<std::uint32_t>(kObjectBlockBytes));
  append_little_endian(trailer, crc32c(key));
  append_little_endian(trailer, table_checksum);
  append_little_endian(trailer, crc32c(trailer));
  return trailer;
}

}  // namespace

Status check_object_key(std::string_view key) {
  if (!key.empty() && key.size() <= kObjectKeyBytesMax &&
      std::ranges::all_of(key, is_key_character)) {
    return {};
  }
  return Status(Code::invalid_argument, "'" + std::string(key) + "' cannot be an object's key");
}

std::string path_of_key(std::string_view key) {
  std::string path;
  for (;;) {
    const std::size_t slash = key.find('/');
    append_part(path, key.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.push_back('/');
    key.remove_prefix(slash + 1);
  }
  path.push_back(kFileMark);
  return path;
}

std::optional<std::string> key_of_path(std::string_view path) {
  if (!path.ends_with(kFileMark)) return {};
  std::string key;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i] != kMark) {
      key.push_back(path[i]);
    } else if (i > 0 && path[i - 1] != '/') {
      ++i;  // the part continues behind the slash
    }
  }
  // What cannot have come from a key does not lead back to where it came from.
  if (!check_object_key(key).ok() || path_of_key(key) != path) return {};
  return key;
}

Bytes seal_object(std::string_view key, Bytes data) {
  const std::uint64_t length = data.size();
  const Bytes table = make_table(data);
  data.append(table).append(make_trailer(key, length, crc32c(table)));
  return data;
}

std::size_t object_table_bytes(std::uint64_t length) {
  return (length + kObjectBlockBytes - 1) / kObjectBlockBytes * kEntryBytes;
}

std::optional<std::uint64_t> object_length(std::uint64_t file_bytes) {
  if (file_bytes < kObjectTrailerBytes) return {};
  const std::uint64_t rest = file_bytes - kObjectTrailerBytes;
  const std::uint64_t blocks =
      (rest + kObjectBlockBytes + kEntryBytes - 1) / (kObjectBlockBytes + kEntryBytes);
  if (rest < blocks * kEntryBytes) return {};
  const std::uint64_t length = rest - blocks * kEntryBytes;
  if (object_table_bytes(length) != blocks * kEntryBytes) return {};
  return length;
}

Status check_object_trailer(BytesView trailer, std::string_view key, std::uint64_t length) {
  if (trailer.size() != kObjectTrailerBytes || !trailer.starts_with(kMagic) ||
      load_little_endian<std::uint32_t>(trailer, kTrailerChecksumAt) !=
          crc32c(trailer.substr(0, kTrailerChecksumAt))) {
    return damaged(key, "its file has no valid end");
  }
  const auto version = load_little_endian<std::uint16_t>(trailer, kMagic.size());
  if (version != kVersion) {
    return Status(Code::unsupported, "object '" + std::string(key) + "' has format version " +
                                         std::to_string(version) + "; this build reads up to " +
                                         std::to_string(kVersion));
  }
  const auto table = load_little_endian<std::uint32_t>(trailer, kTableChecksumAt);
  if (trailer != make_trailer(key, length, table)) {
    return damaged(key, "its file belongs to another object");
  }
  return {};
}

Status check_object_blocks(BytesView data, BytesView table, std::string_view key) {
  if (make_table(data) == table) return {};
  return damaged(key, "a checksum does not match");
}

Result<Bytes> open_object(std::string_view key, Bytes file) {
  const std::optional<std::uint64_t> length = object_length(file.size());
  if (!length) return fail(damaged(key, "its file's size is not an object's"));
  const BytesView all = file;
  const BytesView trailer = all.substr(all.size() - kObjectTrailerBytes);
  EYRIE_RETURN_IF_ERROR(check_object_trailer(trailer, key, *length));
  EYRIE_RETURN_IF_ERROR(check_object_blocks(all.substr(0, *length),
                                            all.substr(*length, object_table_bytes(*length)), key));
  file.resize(*length);
  return file;
}

}  // namespace eyrie::storage
