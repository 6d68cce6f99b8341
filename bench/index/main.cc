// eyrie-bench-index: the room's rates on this machine.
//   eyrie-bench-index [--data DIR] [--part kernels|flat|hnsw] [Google Benchmark's flags]
// DIR holds the vectors (bench/index/data.h). If it is not given: data/, where `./x data` puts
// 341,479 of them, or else scenarios/data with 10,000.
#include <cstdio>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/index/suites.h"

int main(int argc, char** argv) {
  std::string folder;
  std::string part = "all";
  std::vector<char*> rest = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--data" && i + 1 < argc) {
      folder = argv[++i];
    } else if (flag == "--part" && i + 1 < argc) {
      part = argv[++i];
    } else {
      rest.push_back(argv[i]);
    }
  }
  int rest_count = static_cast<int>(rest.size());
  benchmark::Initialize(&rest_count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(rest_count, rest.data())) return 2;
  if (part != "all" && part != "kernels" && part != "flat" && part != "hnsw") {
    std::fprintf(stderr, "--part takes kernels, flat or hnsw, not '%s'\n", part.c_str());
    return 2;
  }
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
