#include "index/flat.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace eyrie::index {

namespace {

constexpr std::uint32_t kBlockRows = BitsetView::kWordBits;
// From this many permitted rows of a block on, scoring all of it beats gathering them.
constexpr int kDenseRowsMin = 40;

float query_norm(const Kernels& kernels, Metric metric, const float* query, std::size_t dimension) {
  return metric == Metric::cosine ? inverse_norm(kernels, {query, dimension}) : 0.0F;
}

float row_norm(MatrixView matrix, Metric metric, std::uint32_t row) {
  return metric == Metric::cosine ? matrix.inverse_norms[row] : 0.0F;
}

// Offers the rows first + i whose bit i is set; raw[i] is the raw result of row first + i.
void offer_block(MatrixView matrix, Metric metric, std::uint32_t first, std::uint64_t bits,
                 const float* raw, float query_inverse_norm, TopK& best) {
  for (; bits != 0; bits &= bits - 1) {
    const auto i = static_cast<std::uint32_t>(std::countr_zero(bits));
    best.offer(first + i, finish_score(metric, raw[i], row_norm(matrix, metric, first + i),
                                       query_inverse_norm));
  }
}

// The set bits of a block as row numbers; returns how many.
std::size_t rows_of_bits(std::uint64_t bits, std::uint32_t first, std::uint32_t* out) {
  std::size_t count = 0;
  for (; bits != 0; bits &= bits - 1) {
    out[count++] = first + static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  return count;
}

// Calls block(first row, bits, rows in the block) for every block with a permitted row.
template <class Block>
void for_each_block(MatrixView matrix, BitsetView permitted, Block block) {
  const std::uint32_t words = matrix.rows / kBlockRows + (matrix.rows % kBlockRows != 0 ? 1 : 0);
  for (std::uint32_t w = 0; w < words; ++w) {
    const std::uint64_t bits = permitted.word(w, matrix.rows);
    if (bits == 0) continue;
    const std::uint32_t first = w * kBlockRows;
    block(first, bits, std::min(kBlockRows, matrix.rows - first));
  }
}

bool dense(std::uint64_t bits, std::uint32_t rows) {
  const int permitted = std::popcount(bits);
  return permitted >= kDenseRowsMin || static_cast<std::uint32_t>(permitted) == rows;
}

// Gathers and offers the permitted rows of one block.
void scan_sparse(const Kernels& kernels, Metric metric, MatrixView matrix, std::uint32_t first,
                 std::uint64_t bits, const float* query, float query_inverse_norm, TopK& best) {
  std::array<std::uint32_t, kBlockRows> ids;
  std::array<float, kBlockRows> raw;
  const std::size_t count = rows_of_bits(bits, first, ids.data());
  kernels.gather(metric)(query, matrix.data, matrix.stride, ids.data(), count, matrix.dimension,
                         raw.data());
  for (std::size_t i = 0; i < count; ++i) {
    best.offer(ids[i],
               finish_score(metric, raw[i], row_norm(matrix, metric, ids[i]), query_inverse_norm));
  }
}

}  // namespace

Status check_search(Metric metric, MatrixView matrix, std::size_t query_length) {
  if (query_length != matrix.dimension) {
    return {Code::invalid_argument, "the query has " + std::to_string(query_length) +
                                        " dimensions, the vectors have " +
                                        std::to_string(matrix.dimension)};
  }
  if (metric == Metric::cosine && matrix.inverse_norms == nullptr && matrix.rows > 0) {
    return {Code::invalid_argument, "cosine needs the inverse norms of the vectors"};
  }
  return {};
}

void scan_permitted(const Kernels& kernels, Metric metric, MatrixView matrix, BitsetView permitted,
                    const float* query, float query_inverse_norm, TopK& best) {
  for_each_block(
      matrix, permitted, [&](std::uint32_t first, std::uint64_t bits, std::uint32_t rows) {
        if (!dense(bits, rows)) {
          scan_sparse(kernels, metric, matrix, first, bits, query, query_inverse_norm, best);
          return;
        }
        std::array<float, kBlockRows> raw;
        kernels.rows(metric)(query, matrix.row(first), matrix.stride, rows, matrix.dimension,
                             raw.data());
        offer_block(matrix, metric, first, bits, raw.data(), query_inverse_norm, best);
      });
}

std::span<const Neighbour> search_flat(const Kernels& kernels, Metric metric, MatrixView matrix,
                                       BitsetView permitted, const float* query, std::uint32_t k,
                                       FlatScratch& scratch) {
  if (scratch.best.empty()) scratch.best.resize(1);
  TopK& best = scratch.best.front();
  best.reset(metric, std::min(k, matrix.rows));
  scan_permitted(kernels, metric, matrix, permitted, query,
                 query_norm(kernels, metric, query, matrix.dimension), best);
  return best.finish();
}

std::span<const std::span<const Neighbour>> search_flat_batch(const Kernels& kernels, Metric metric,
                                                              MatrixView matrix,
                                                              BitsetView permitted,
                                                              MatrixView queries, std::uint32_t k,
                                                              FlatScratch& scratch) {
  const std::uint32_t count = queries.rows;
  if (scratch.best.size() < count) scratch.best.resize(count);
  scratch.query_inverse_norms.resize(count);
  scratch.raw.resize(std::size_t{count} * kBlockRows);
  for (std::uint32_t q = 0; q < count; ++q) {
    scratch.best[q].reset(metric, std::min(k, matrix.rows));
    scratch.query_inverse_norms[q] = query_norm(kernels, metric, queries.row(q), matrix.dimension);
  }
  for_each_block(
      matrix, permitted, [&](std::uint32_t first, std::uint64_t bits, std::uint32_t rows) {
        if (!dense(bits, rows)) {
          for (std::uint32_t q = 0; q < count; ++q) {
            scan_sparse(kernels, metric, matrix, first, bits, queries.row(q),
                        scratch.query_inverse_norms[q], scratch.best[q]);
          }
          return;
        }
        kernels.tile(metric)(queries.data, queries.stride, count, matrix.row(first), matrix.stride,
                             rows, matrix.dimension, scratch.raw.data());
        for (std::uint32_t q = 0; q < count; ++q) {
          offer_block(matrix, metric, first, bits, scratch.raw.data() + std::size_t{q} * rows,
                      scratch.query_inverse_norms[q], scratch.best[q]);
        }
      });
  scratch.results.clear();
  for (std::uint32_t q = 0; q < count; ++q) scratch.results.push_back(scratch.best[q].finish());
  return scratch.results;
}

}  // namespace eyrie::index
