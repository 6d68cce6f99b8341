// eyrie-bench-sim: what the deterministic world costs on this machine.
//   eyrie-bench-sim [--part scheduler|seeds] [--seeds N] [--scenario FILE] [--data PREFIX]
// PREFIX.fvecs and PREFIX.words are the word vectors. Benchmarks get the same arguments from
// `./x bench`; those of Google Benchmark (--benchmark_...) mean nothing here.
#include <charconv>
#include <cstdio>
#include <string>

#include "bench/sim/suites.h"

namespace {

int misuse(const std::string& flag) {
  std::fprintf(stderr,
               "eyrie-bench-sim: '%s' is not one of --part scheduler|seeds, --seeds N, "
               "--scenario FILE, --data PREFIX\n",
               flag.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  eyrie::bench::SeedsOptions options;
  std::string part = "all";
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag.starts_with("--benchmark_")) continue;
    if (i + 1 == argc) return misuse(flag);
    const std::string value = argv[++i];
    if (flag == "--part") {
      part = value;
    } else if (flag == "--scenario") {
      options.scenario = value;
    } else if (flag == "--data") {
      options.data = value;
    } else if (flag == "--seeds") {
      const char* end = value.data() + value.size();
      const auto parsed = std::from_chars(value.data(), end, options.seeds);
      if (parsed.ec != std::errc() || parsed.ptr != end || options.seeds == 0) {
        return misuse(flag + " " + value);
      }
    } else {
      return misuse(flag);
    }
  }
  if (part != "all" && part != "scheduler" && part != "seeds") return misuse("--part " + part);
  if (part != "seeds") eyrie::bench::print_scheduler_table();
  if (part == "scheduler") return 0;
  const eyrie::Status status = eyrie::bench::print_seeds_table(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "eyrie-bench-sim: %s\n", status.to_string().c_str());
  return 5;
}
