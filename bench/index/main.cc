// eyrie-bench-index: the room's rates on this machine. --help names the arguments, which are ours
// and Google Benchmark's. Where no folder of vectors is given: data/, where `./x data` puts 341,479
// of them, or else scenarios/data with 10,000.
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <benchmark/benchmark.h>

#include "bench/index/suites.h"

int main(int argc, char** argv) {
  CLI::App app{"eyrie-bench-index: the rates of kernels, exact search and graph on this machine"};
  std::string folder;
  std::string part = "all";
  app.add_option("--data", folder,
                 "the folder of the vectors; if not given: data or scenarios/data");
  app.add_option("--part", part, "what to measure")
      ->check(CLI::IsMember({"all", "kernels", "flat", "hnsw"}))
      ->option_text("all|kernels|flat|hnsw [all]");
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) != 0) return 2;
    benchmark::PrintDefaultHelp();
    return 0;
  }
  std::vector<std::string> extras = app.remaining();
  std::vector<char*> rest = {argv[0]};
  for (std::string& extra : extras) rest.push_back(extra.data());
  int rest_count = static_cast<int>(rest.size());
  benchmark::Initialize(&rest_count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(rest_count, rest.data())) return 2;
  if (part == "all" || part == "kernels") eyrie::bench::register_kernels();
  eyrie::bench::Data data;
  if (part != "kernels") {
    auto loaded = eyrie::bench::load_data(folder.empty() ? "data" : folder);
    if (!loaded && folder.empty()) {
      std::printf("Ten thousand vectors, for data/ has none: `./x data` fetches them all.\n");
      loaded = eyrie::bench::load_data("scenarios/data");
    }
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().to_string().c_str());
      return 5;
    }
    data = *std::move(loaded);
  }
  if (part == "all" || part == "flat") eyrie::bench::register_flat(data);
  if (part != "hnsw") benchmark::RunSpecifiedBenchmarks();
  if (part == "all" || part == "hnsw") eyrie::bench::print_hnsw_table(data);
  benchmark::Shutdown();
  return 0;
}
