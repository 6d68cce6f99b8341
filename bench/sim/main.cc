// eyrie-bench-sim: what the deterministic world costs on this machine. --help names the arguments.
// Benchmarks get the same ones from `./x bench`; those of Google Benchmark (--benchmark_...) mean
// nothing here.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "bench/sim/suites.h"

namespace eyrie::bench {
namespace {

int main_of(int argc, char** argv) {
  CLI::App app{"eyrie-bench-sim: what the deterministic world costs on this machine"};
  SeedsOptions options;
  std::string part = "all";
  app.add_option("--part", part, "what to measure")
      ->check(CLI::IsMember({"all", "scheduler", "seeds"}))
      ->option_text("all|scheduler|seeds [all]");
  app.add_option("--seeds", options.seeds, "how many seeds of the scenario, from 1 on")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--scenario", options.scenario, "the scenario")->capture_default_str();
  app.add_option("--data", options.data, "word vectors: this name with .fvecs and .words")
      ->capture_default_str();
  app.allow_extras();
  try {
    app.parse(argc, argv);
    for (const std::string& extra : app.remaining()) {
      if (!extra.starts_with("--benchmark_")) throw CLI::ExtrasError({extra});
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (part != "seeds") print_scheduler_table();
  if (part == "scheduler") return 0;
  const Status status = print_seeds_table(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "eyrie-bench-sim: %s\n", status.to_string().c_str());
  return 5;
}

}  // namespace
}  // namespace eyrie::bench

int main(int argc, char** argv) {
  return eyrie::bench::main_of(argc, argv);
}
