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
