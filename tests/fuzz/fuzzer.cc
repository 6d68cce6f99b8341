// libFuzzer around one target: build/fuzz/bin/eyrie-fuzz --target=NAME CORPUS [OPTION...]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <google/protobuf/stubs/logging.h>

#include "tests/fuzz/targets.h"

namespace {

const eyrie::test::FuzzTarget* chosen = nullptr;

}  // namespace

// libFuzzer leaves options that begin with two dashes alone.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kOption = "--target=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(kOption)) {
      chosen = eyrie::test::find_fuzz_target(argument.substr(kOption.size()));
    }
  }
  google::protobuf::SetLogHandler(nullptr);  // it has a line for each text that is not UTF-8
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "eyrie-fuzz: --target=NAME is needed, one of:");
  for (const auto& target : eyrie::test::fuzz_targets()) {
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  }
  std::fprintf(stderr, "\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
