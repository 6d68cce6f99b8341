// The arithmetic on vectors: one table of functions for each instruction set.
//
// Every table gives the same bits for the same input, on every CPU, because all of them add in one
// tree: 16 lanes that start at +0; lane i takes the elements i, i + 16, i + 32, ... in that order,
// each as a rounded difference (l2) or not, a rounded product, then a rounded sum (never a fused
// multiply-add); then lanes i and i + 8 are added, i and i + 4, i and i + 2, 0 and 1. A NaN result
// is always the one quiet NaN 0x7fc00000. So zeros behind a vector never change a result.
//
// Shapes: `query` has `dimension` floats; row r of a block starts at rows + r * stride. Nothing
// need be aligned. Ids are row numbers. Outputs are written densely in the order of the rows.
// Raw results: l2 is the squared distance, inner_product the dot product; cosine is a matter of the
// caller (finish_score). Functions cannot fail; a count or dimension of 0 is allowed.
// Concurrency: tables are constant and stateless. A composition root picks one (best_kernels) and
// passes it down; the room has no global choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "index/views.h"

namespace eyrie::index {

// The form of a raw function pair: one for l2, one for inner_product.
using PairKernel = float (*)(const float* a, const float* b, std::size_t dimension);
using RowsKernel = void (*)(const float* query, const float* rows, std::size_t stride,
                            std::size_t count, std::size_t dimension, float* out);
using GatherKernel = void (*)(const float* query, const float* rows, std::size_t stride,
                              const std::uint32_t* ids, std::size_t count, std::size_t dimension,
                              float* out);
using TileKernel = void (*)(const float* queries, std::size_t query_stride, std::size_t query_count,
                            const float* rows, std::size_t stride, std::size_t count,
                            std::size_t dimension, float* out);

struct Kernels {
  std::string_view name;
  // Two vectors.
  PairKernel l2;
  PairKernel inner_product;
  // One query against `count` consecutive rows.
  RowsKernel l2_rows;
  RowsKernel inner_product_rows;
  // One query against the rows named by `ids`; rows are fetched ahead, for ids in any order.
  GatherKernel l2_gather;
  GatherKernel inner_product_gather;
  // Several queries against `count` consecutive rows: out[q * count + r].
  TileKernel l2_tile;
  TileKernel inner_product_tile;

  PairKernel pair(Metric metric) const { return metric == Metric::l2 ? l2 : inner_product; }
  RowsKernel rows(Metric metric) const {
    return metric == Metric::l2 ? l2_rows : inner_product_rows;
  }
  GatherKernel gather(Metric metric) const {
    return metric == Metric::l2 ? l2_gather : inner_product_gather;
  }
  TileKernel tile(Metric metric) const {
    return metric == Metric::l2 ? l2_tile : inner_product_tile;
  }
};

// Plain C++, for every CPU.
const Kernels& scalar_kernels();
// Null where this CPU or its operating system lacks the instructions.
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();
// The fastest table this CPU has; never null.
const Kernels* best_kernels();

// 1 / |x|, or 0 for a vector without direction (see views.h).
float inverse_norm(const Kernels& kernels, std::span<const float> vector);
std::vector<float> inverse_norms(const Kernels& kernels, MatrixView matrix);

// The reported score of a raw result. The norms are read for cosine alone.
inline Score finish_score(Metric metric, float raw, float row_inverse_norm,
                          float query_inverse_norm) {
  return metric == Metric::cosine ? raw * row_inverse_norm * query_inverse_norm : raw;
}

}  // namespace eyrie::index
