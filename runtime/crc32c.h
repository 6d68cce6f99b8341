// CRC32C (Castagnoli: reflected polynomial 0x82f63b78, initial and final value inverted), the
// checksum of every stored byte of ours. Parameters and check values: RFC 3720, appendix B.4.
#pragma once

#include <cstdint>
#include <string_view>

namespace eyrie {

// The checksum of `bytes`; with the checksum of what came before, that of both together:
// crc32c("ab") == crc32c("b", crc32c("a")). Uses the CPU's instruction where there is one; the
// value does not depend on it.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The two ways to the same value, for the test that they agree.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before = 0);
bool crc32c_instruction_present();
std::uint32_t crc32c_by_instruction(std::string_view bytes, std::uint32_t before = 0);

}  // namespace eyrie
