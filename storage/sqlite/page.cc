#include "storage/sqlite/page.h"

#include <algorithm>

#include "runtime/crc32c.h"
#include "storage/format/little_endian.h"
#include "storage/sqlite/vfs.h"

namespace eyrie::storage {

namespace {

constexpr BytesView kMagic = "EYPG";
constexpr std::size_t kContentBytes = kPageBytes - kPageReservedBytes;

}  // namespace

Bytes seal_page(BytesView page, std::uint64_t number) {
  Bytes sealed(page.substr(0, kContentBytes));
  Bytes place;
  append_little_endian(place, number);
  const std::uint32_t checksum = crc32c(place, crc32c(sealed));
  sealed.append(kMagic);
  append_little_endian(sealed, checksum);
  return sealed;
}

bool page_is_whole(BytesView page, std::uint64_t number) {
  return page == seal_page(page, number) ||
         std::ranges::all_of(page, [](char byte) { return byte == '\0'; });
}

}  // namespace eyrie::storage
