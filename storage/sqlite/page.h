// The checksum at the end of a database page (vfs.h).
#pragma once

#include <cstdint>

#include "runtime/bytes.h"

namespace eyrie::storage {

// The page with its last bytes set; `number` counts from 0. The page has kPageBytes.
Bytes seal_page(BytesView page, std::uint64_t number);
// False if the page is damaged or belongs elsewhere.
bool page_is_whole(BytesView page, std::uint64_t number);

}  // namespace eyrie::storage
