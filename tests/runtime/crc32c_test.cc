#include "runtime/crc32c.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace eyrie {
namespace {

std::string counting(int from, int step) {
  std::string out;
  for (int i = 0; i < 32; ++i) out.push_back(static_cast<char>(from + step * i));
  return out;
}

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
TEST(Crc32c, GivesThePublishedValues) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(counting(0, 1)), 0x46dd794eU);
  EXPECT_EQ(crc32c(counting(31, -1)), 0x113fdb5cU);
}

TEST(Crc32c, TableAndInstructionAgreeAtEveryLengthAndPlace) {
  if (!crc32c_instruction_present()) GTEST_SKIP() << "this CPU has no SSE4.2";
  std::mt19937_64 random(1);
  std::string bytes(300, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; size <= 280; ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(crc32c_by_table(part, 7), crc32c_by_instruction(part, 7)) << begin << " " << size;
    }
  }
}

// Sizes around one and several times three lanes of each length, and both lengths in one call.
TEST(Crc32c, TableAndInstructionAgreeWhereLanesBeginAndEnd) {
  if (!crc32c_instruction_present()) GTEST_SKIP() << "this CPU has no SSE4.2";
  std::mt19937_64 random(2);
  std::string bytes(40'000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  for (const std::size_t lanes : {384, 768, 12'288, 12'288 + 384, 24'576, 36'864}) {
    for (std::size_t size = lanes - 9; size <= lanes + 9; ++size) {
      const std::string_view part = std::string_view(bytes).substr(size % 8, size);
      ASSERT_EQ(crc32c_by_table(part, 7), crc32c_by_instruction(part, 7)) << size;
    }
  }
}

TEST(Crc32c, ContinuesFromWhatCameBefore) {
  const std::string text = "the log ends at the first missing index";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text));
    EXPECT_EQ(crc32c_by_table(text.substr(cut), crc32c_by_table(text.substr(0, cut))),
              crc32c(text));
  }
}

}  // namespace
}  // namespace eyrie
