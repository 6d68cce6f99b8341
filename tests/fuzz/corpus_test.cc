// Every input that a fuzzer kept, and the golden files, through their targets again.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/random.h"
#include "storage/format/little_endian.h"
#include "tests/fuzz/targets.h"

namespace eyrie::test {
namespace {

namespace fs = std::filesystem;

Bytes read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

class Corpus : public testing::TestWithParam<FuzzTarget> {};

TEST_P(Corpus, EveryInputIsRefusedOrRead) {
  const std::string name = std::string(GetParam().name) + ".inputs";
  const Bytes packed = read_whole(fs::path("tests/fuzz/corpus") / name);
  std::size_t inputs = 0;
  // Each after its length (scripts/fuzz_corpus.py).
  for (BytesView rest = packed; !rest.empty(); ++inputs) {
    const auto length = storage::load_little_endian<std::uint32_t>(rest, 0);
    GetParam().run(rest.substr(4, length));
    rest.remove_prefix(4 + length);
  }
  EXPECT_GT(inputs, 0u) << name;
}

// A golden file, whole and with a byte changed, whatever its checksum says of that.
TEST_P(Corpus, GoldenFilesOfEveryFormatAreRefusedOrRead) {
  Random random(1);
  for (const auto& entry : fs::recursive_directory_iterator("tests/golden")) {
    if (!entry.is_regular_file()) continue;
    const Bytes golden = read_whole(entry.path());
    GetParam().run(Bytes(1, '\0') + golden);
    for (int i = 0; i < 20 && !golden.empty(); ++i) {
      Bytes changed = Bytes(1, static_cast<char>(i)) + golden;
      changed[random.below(changed.size())] ^= static_cast<char>(1 << random.below(8));
      GetParam().run(changed);
    }
  }
}

std::vector<FuzzTarget> all_targets() {
  return {fuzz_targets().begin(), fuzz_targets().end()};
}

INSTANTIATE_TEST_SUITE_P(Of, Corpus, testing::ValuesIn(all_targets()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace eyrie::test
