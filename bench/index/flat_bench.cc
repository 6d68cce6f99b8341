// Exact search over the real vectors: one query at a time, batches, filters; and FAISS's.
#include <algorithm>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/index/faiss_baseline.h"
#include "bench/index/suites.h"
#include "index/flat.h"
#include "index/kernels.h"

namespace eyrie::bench {

namespace {

void run_single(benchmark::State& state, const Data& data, index::Metric metric) {
  const auto percent = static_cast<std::uint32_t>(state.range(0));
  index::Bitset permitted(data.base.rows());
  for (std::uint32_t i = 0; i < data.base.rows(); ++i) {
    if (i * std::uint64_t{2654435761} % 100 < percent) permitted.set(i);
  }
  index::FlatScratch scratch;
  std::uint32_t q = 0;
  for (auto _ : state) {
    const float* query = data.queries.view().row(q++ % data.queries.rows());
    const auto found = index::search_flat(*index::best_kernels(), metric, data.base_view(),
                                          permitted.view(), query, kNeighbours, scratch);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void run_batch(benchmark::State& state, const Data& data, index::Metric metric) {
  const auto count = std::min(static_cast<std::uint32_t>(state.range(0)), data.queries.rows());
  index::MatrixView queries = data.queries.view();
  queries.rows = count;
  index::FlatScratch scratch;
  for (auto _ : state) {
    const auto found = index::search_flat_batch(*index::best_kernels(), metric, data.base_view(),
                                                {}, queries, kNeighbours, scratch);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void run_faiss(benchmark::State& state, const Data& data) {
  const auto count = std::min(static_cast<std::uint32_t>(state.range(0)), data.queries.rows());
  FaissFlat flat(data.base.view());
  std::vector<float> queries;
  for (std::uint32_t q = 0; q < count; ++q) {
    const float* row = data.queries.view().row(q);
    queries.insert(queries.end(), row, row + data.queries.dimension());
  }
  for (auto _ : state) flat.search(queries.data(), count, kNeighbours);
  state.SetItemsProcessed(state.iterations() * count);
}

}  // namespace

void register_flat(const Data& data) {
  for (const index::Metric metric :
       {index::Metric::l2, index::Metric::inner_product, index::Metric::cosine}) {
    const std::string name(index::name_of(metric));
    benchmark::RegisterBenchmark(
        ("flat/single/" + name).c_str(),
        [&data, metric](benchmark::State& state) { run_single(state, data, metric); })
        ->ArgName("percent")
        ->Arg(100)
        ->Arg(50)
        ->Arg(10)
        ->Arg(1)
        ->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(
        ("flat/batch/" + name).c_str(),
        [&data, metric](benchmark::State& state) { run_batch(state, data, metric); })
        ->ArgName("queries")
        ->Arg(4)
        ->Arg(64)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::RegisterBenchmark("flat/faiss/inner_product",
                               [&data](benchmark::State& state) { run_faiss(state, data); })
      ->ArgName("queries")
      ->Arg(1)
      ->Arg(64)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace eyrie::bench
