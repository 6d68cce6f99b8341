// Rate of the kernels over rows in cache (256 KiB) and in memory (256 MiB).
//
// What equal bits cost, against four chains of fused multiply-adds (AVX-512, a Xeon of 2.8 GHz with
// busy neighbours, best of 4 to 7, GB/s of rows):
//                              l2: d 100   128   768      inner product: d 100   128   768
//   equal bits, row by row        30.0  39.6  40.4                     56.2  45.2  46.8
//   equal bits, four rows         48.8  62.8  86.4                     53.7  55.5  69.5
//   fused, row by row             25.3  44.3  58.1                     37.6  45.8  75.3
//   rows in memory, equal bits     8.7   9.8  10.5                      9.3   9.8  10.6
//   rows in memory, fused          9.0  10.3
// One chain is bound by the latency of its sums, which four rows at a time hide: all searches here
// score that way, and pay nothing measurable. Only single long pairs (a graph's build) lose 30 %.
#include <algorithm>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/index/fma_kernels.h"
#include "bench/index/suites.h"
#include "index/kernels.h"
#include "index/views.h"

namespace eyrie::bench {

namespace {

constexpr std::size_t kBlockRows = 64;

index::Matrix filled(std::size_t bytes, std::uint32_t dimension) {
  index::Matrix matrix(dimension);
  const std::size_t rows = bytes / (dimension * sizeof(float));
  matrix.reserve(static_cast<std::uint32_t>(rows));
  std::vector<float> row(dimension);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < dimension; ++j) {
      row[j] = static_cast<float>((i * 31 + j * 17) % 97) / 97.0F;
    }
    matrix.add_row(row);
  }
  return matrix;
}

void count_bytes(benchmark::State& state, index::MatrixView rows) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(rows.rows) *
                          rows.dimension * static_cast<std::int64_t>(sizeof(float)));
}

void run_rows(benchmark::State& state, index::RowsKernel kernel) {
  const auto dimension = static_cast<std::uint32_t>(state.range(0));
  const index::Matrix matrix = filled(static_cast<std::size_t>(state.range(1)) << 10, dimension);
  const index::MatrixView rows = matrix.view();
  std::vector<float> out(kBlockRows);
  for (auto _ : state) {
    for (std::size_t i = 0; i < rows.rows; i += kBlockRows) {
      kernel(rows.row(0), rows.row(static_cast<std::uint32_t>(i)), rows.stride,
             std::min<std::size_t>(kBlockRows, rows.rows - i), dimension, out.data());
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
  }
  count_bytes(state, rows);
}

void run_pairs(benchmark::State& state, index::PairKernel kernel) {
  const auto dimension = static_cast<std::uint32_t>(state.range(0));
  const index::Matrix matrix = filled(static_cast<std::size_t>(state.range(1)) << 10, dimension);
  const index::MatrixView rows = matrix.view();
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < rows.rows; ++i) {
      benchmark::DoNotOptimize(kernel(rows.row(0), rows.row(i), dimension));
    }
  }
  count_bytes(state, rows);
}

// Eight queries a block: the arithmetic of a batch.
void run_tile(benchmark::State& state, index::TileKernel kernel) {
  constexpr std::uint32_t kQueries = 8;
  const auto dimension = static_cast<std::uint32_t>(state.range(0));
  const index::Matrix matrix = filled(static_cast<std::size_t>(state.range(1)) << 10, dimension);
  const index::MatrixView rows = matrix.view();
  std::vector<float> out(kQueries * kBlockRows);
  for (auto _ : state) {
    for (std::size_t i = 0; i < rows.rows; i += kBlockRows) {
      kernel(rows.row(0), rows.stride, kQueries, rows.row(static_cast<std::uint32_t>(i)),
             rows.stride, std::min<std::size_t>(kBlockRows, rows.rows - i), dimension, out.data());
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
  }
  count_bytes(state, rows);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.rows) * kQueries);
}

void shapes(benchmark::internal::Benchmark* one) {
  for (const int dimension : {100, 128, 768}) {
    for (const int kibibytes : {256, 256 << 10}) one->Args({dimension, kibibytes});
  }
  one->ArgNames({"d", "KiB"});
}

void add(const std::string& name, void (*run)(benchmark::State&, index::PairKernel),
         index::PairKernel kernel) {
  benchmark::RegisterBenchmark(name.c_str(), run, kernel)->Apply(shapes);
}

}  // namespace

void register_kernels() {
  for (const index::Kernels* table :
       {&index::scalar_kernels(), index::avx2_kernels(), index::avx512_kernels()}) {
    if (table == nullptr) continue;
    const std::string prefix = "kernels/" + std::string(table->name);
    add(prefix + "/l2_pairs", run_pairs, table->l2);
    add(prefix + "/inner_product_pairs", run_pairs, table->inner_product);
    benchmark::RegisterBenchmark((prefix + "/l2_rows").c_str(), run_rows, table->l2_rows)
        ->Apply(shapes);
    benchmark::RegisterBenchmark((prefix + "/inner_product_rows").c_str(), run_rows,
                                 table->inner_product_rows)
        ->Apply(shapes);
    benchmark::RegisterBenchmark((prefix + "/l2_tile").c_str(), run_tile, table->l2_tile)
        ->Apply(shapes);
    benchmark::RegisterBenchmark((prefix + "/inner_product_tile").c_str(), run_tile,
                                 table->inner_product_tile)
        ->Apply(shapes);
  }
  if (!fma_present()) return;
  add("kernels/fma/l2_pairs", run_pairs, fma_l2);
  add("kernels/fma/inner_product_pairs", run_pairs, fma_inner_product);
}

}  // namespace eyrie::bench
