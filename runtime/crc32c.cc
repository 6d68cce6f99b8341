#include "runtime/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <nmmintrin.h>

namespace eyrie {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78U;

// tables[0] advances by one byte; tables[t] by that byte and t zero bytes behind it, so that eight
// bytes take eight independent look-ups.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[t - 1][byte];
      tables[t][byte] = (crc >> 8) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t load_eight(const char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

std::uint8_t byte_of(char c) {
  return static_cast<std::uint8_t>(c);
}

// One instruction takes three cycles and three may be under way at once, so three lanes are summed
// side by side. Then each must be advanced over the bytes of those behind it: over zeros, a linear
// map of the sum's bits, as a table for each of its four bytes.
using Advance = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr std::uint32_t moved_on(const std::array<std::uint32_t, 32>& columns, std::uint32_t crc) {
  std::uint32_t sum = 0;
  for (std::size_t bit = 0; bit < 32; ++bit) {
    if ((crc >> bit & 1) != 0) sum ^= columns[bit];
  }
  return sum;
}

// Over 2^n zero bytes.
constexpr Advance make_advance(int n) {
  std::array<std::uint32_t, 32> columns{};
  for (std::size_t bit = 0; bit < 32; ++bit) {
    const std::uint32_t crc = std::uint32_t{1} << bit;
    columns[bit] = (crc >> 8) ^ kTables[0][crc & 0xff];
  }
  for (; n > 0; --n) {
    std::array<std::uint32_t, 32> twice{};
    for (std::size_t bit = 0; bit < 32; ++bit) twice[bit] = moved_on(columns, columns[bit]);
    columns = twice;
  }
  Advance advance{};
  for (std::size_t byte = 0; byte < 4; ++byte) {
    for (std::uint32_t value = 0; value < 256; ++value) {
      advance[byte][value] = moved_on(columns, value << (8 * byte));
    }
  }
  return advance;
}

constexpr std::uint32_t advanced(const Advance& over, std::uint64_t crc) {
  return over[0][crc & 0xff] ^ over[1][crc >> 8 & 0xff] ^ over[2][crc >> 16 & 0xff] ^
         over[3][crc >> 24 & 0xff];
}

// Lanes of 2^n bytes, as long as there are three of them.
template <int n>
[[gnu::target("sse4.2")]] std::uint64_t sum_lanes(std::uint64_t crc, const char*& p,
                                                  std::size_t& left) {
  static constexpr Advance kOverLane = make_advance(n);
  constexpr std::size_t kLane = std::size_t{1} << n;
  for (; left >= 3 * kLane; p += 3 * kLane, left -= 3 * kLane) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLane; i += 8) {
      crc = _mm_crc32_u64(crc, load_eight(p + i));
      second = _mm_crc32_u64(second, load_eight(p + kLane + i));
      third = _mm_crc32_u64(third, load_eight(p + 2 * kLane + i));
    }
    crc = advanced(kOverLane, advanced(kOverLane, crc) ^ second) ^ third;
  }
  return crc;
}

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; p += 8, left -= 8) {
    const std::uint64_t word = load_eight(p) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; left > 0; ++p, --left) crc = (crc >> 8) ^ kTables[0][(crc ^ byte_of(*p)) & 0xff];
  return ~crc;
}

bool crc32c_instruction_present() {
  return __builtin_cpu_supports("sse4.2");
}

[[gnu::target("sse4.2")]] std::uint32_t crc32c_by_instruction(std::string_view bytes,
                                                              std::uint32_t before) {
  std::uint64_t crc = ~before;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  crc = sum_lanes<12>(crc, p, left);  // 4 KiB: little is left to do between the lanes
  crc = sum_lanes<7>(crc, p, left);   // 128 bytes: shorter ones gain nothing
  for (; left >= 8; p += 8, left -= 8) crc = _mm_crc32_u64(crc, load_eight(p));
  auto rest = static_cast<std::uint32_t>(crc);
  for (; left > 0; ++p, --left) rest = _mm_crc32_u8(rest, byte_of(*p));
  return ~rest;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  return crc32c_instruction_present() ? crc32c_by_instruction(bytes, before)
                                      : crc32c_by_table(bytes, before);
}

}  // namespace eyrie
