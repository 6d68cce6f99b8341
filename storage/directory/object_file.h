// The bytes of an object's file, and its name.
//
//   data | u32 CRC32C of each block of 64 KiB (the last may be shorter) | trailer, 32 bytes:
//   magic "EYOB", u16 version, u16 zero, u64 length of the data, u32 block size,
//   u32 CRC32C of the key, u32 CRC32C of the table before, u32 CRC32C of the 28 bytes before
//
// Little endian. The checksums lie behind the data so that an object's offsets are its file's; they
// are by block so that a range is checked without reading the rest.
//
// A key's parts are folders; the last part is a file whose name ends with '@', so that "a" and
// "a/b" can both be objects. '%' marks what a file system cannot hold as it is: an empty part, ".",
// "..", and a part longer than a name may be, which continues in the next folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::storage {

inline constexpr std::size_t kObjectBlockBytes = 64u << 10;
inline constexpr std::size_t kObjectTrailerBytes = 32;
inline constexpr std::size_t kObjectKeyBytesMax = 1'024;

// invalid_argument: empty, too long, or with characters that keys do not have.
Status check_object_key(std::string_view key);
// The file of a key, relative to the folder of all objects.
std::string path_of_key(std::string_view key);
// None if no key has that path.
std::optional<std::string> key_of_path(std::string_view path);

// The file of an object: its data with what follows.
Bytes seal_object(std::string_view key, Bytes data);
// Bytes of such a file's checksum table.
std::size_t object_table_bytes(std::uint64_t length);
// The length of the data in a file of that size; none if no object's file has it.
std::optional<std::uint64_t> object_length(std::uint64_t file_bytes);

// data_loss: damaged, or of another object. unsupported: of a newer build.
Status check_object_trailer(BytesView trailer, std::string_view key, std::uint64_t length);
// data_loss if a block's data is not what its entry of the table says. Both begin at the same
// block.
Status check_object_blocks(BytesView data, BytesView table, std::string_view key);
// The whole file: its data.
Result<Bytes> open_object(std::string_view key, Bytes file);

}  // namespace eyrie::storage
