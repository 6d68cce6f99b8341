// Golden files: stored bytes of every format version, kept for ever in tests/golden. A build must
// go on reading them, and writing those of its own version byte for byte.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "runtime/bytes.h"

namespace eyrie::storage::test {

// The file's bytes. With EYRIE_GOLDEN_ADD set, a file that does not exist is made of `expected`;
// one that exists is never changed.
inline Bytes golden_file(const std::string& version, const std::string& name,
                         const Bytes& expected) {
  const std::filesystem::path path =
      std::filesystem::path("tests/golden") / version / (name + ".bin");
  if (!std::filesystem::exists(path) && std::getenv("EYRIE_GOLDEN_ADD") != nullptr) {
    std::ofstream(path, std::ios::binary) << expected;
  }
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path << " is missing; EYRIE_GOLDEN_ADD=1 adds it";
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

}  // namespace eyrie::storage::test
