// Fixed-width integers in stored bytes: little endian, unaligned.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>

#include "runtime/bytes.h"
#include "runtime/check.h"

namespace eyrie::storage {

// Columns of numbers are copied as they lie in memory, so a big-endian machine would need more than
// swapping here.
static_assert(std::endian::native == std::endian::little);

template <std::integral T>
void append_little_endian(Bytes& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// The integer at `offset`, which the caller has found to lie inside.
template <std::integral T>
T load_little_endian(BytesView from, std::size_t offset) {
  EYRIE_CHECK(offset <= from.size() && from.size() - offset >= sizeof(T));
  T value;
  std::memcpy(&value, from.data() + offset, sizeof(T));
  return value;
}

}  // namespace eyrie::storage
