#include "storage/seam/wal.h"

#include <algorithm>

namespace eyrie::storage {

bool is_channel_name(std::string_view name) {
  constexpr std::size_t kBytesMax = 200;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kBytesMax && name.front() != '.' &&
         std::ranges::all_of(name, allowed);
}

}  // namespace eyrie::storage
