// What the room's work costs, in integers, so that the simulated world can charge offloaded work by
// its size and never by a measurement. One unit is one coordinate of one distance: a subtraction or
// product and a sum of float32 on data in memory. Results saturate at the greatest 64-bit number.
#pragma once

#include <cstdint>
#include <limits>

namespace eyrie::index {

using WorkUnits = std::uint64_t;

constexpr WorkUnits saturating_product(WorkUnits a, WorkUnits b) {
  constexpr WorkUnits kMost = std::numeric_limits<WorkUnits>::max();
  return a != 0 && b > kMost / a ? kMost : a * b;
}

// rows x dimension for each query; `rows` are the permitted ones.
constexpr WorkUnits flat_search_cost(std::uint64_t rows, std::uint64_t dimension,
                                     std::uint64_t queries) {
  return saturating_product(saturating_product(rows, dimension), queries);
}

// ef x M x dimension for each query: a walk follows the links of ef rows, and meets about M new
// rows for each (measured: 15 to 46 at M = 16, falling with ef).
constexpr WorkUnits hnsw_search_cost(std::uint64_t ef, std::uint64_t M, std::uint64_t dimension,
                                     std::uint64_t queries) {
  return saturating_product(saturating_product(saturating_product(ef, M), dimension), queries);
}

// A row costs a search with ef_construction; pruning the lists of its new neighbours is a small
// part of that (measured: a tenth).
constexpr WorkUnits hnsw_build_cost(std::uint64_t rows, std::uint64_t M,
                                    std::uint64_t ef_construction, std::uint64_t dimension) {
  return hnsw_search_cost(ef_construction, M, dimension, rows);
}

// The same in nanoseconds of one core, as executors are told. Measured: 0.1 to 0.4 a unit.
constexpr std::int64_t nanoseconds(WorkUnits cost) {
  return static_cast<std::int64_t>(cost / 4);
}

}  // namespace eyrie::index
