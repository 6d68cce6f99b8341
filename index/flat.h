// Exact search: every permitted row is scored.
//
// Scores are those of views.h, bit for bit the same for one query, a batch, and any filter. For
// cosine the matrix has inverse_norms. k may exceed the permitted rows: then all of them come back.
// A query has `dimension` floats. Preconditions are the caller's to keep and are not checked here
// (check_search does, for bytes that come from outside).
// Concurrency: a scratch belongs to one search at a time; matrices and filters are only read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "index/kernels.h"
#include "index/top_k.h"
#include "index/views.h"
#include "runtime/status.h"

namespace eyrie::index {

// Buffers of a search, reused from call to call.
struct FlatScratch {
  std::vector<TopK> best;  // one a query of the batch
  std::vector<float> raw;
  std::vector<float> query_inverse_norms;
  std::vector<std::span<const Neighbour>> results;
};

// invalid_argument if the query's length is not the matrix's dimension, or cosine lacks norms.
Status check_search(Metric metric, MatrixView matrix, std::size_t query_length);

// The k nearest permitted rows, nearest first. The result lives in the scratch until its next use.
std::span<const Neighbour> search_flat(const Kernels& kernels, Metric metric, MatrixView matrix,
                                       BitsetView permitted, const float* query, std::uint32_t k,
                                       FlatScratch& scratch);

// The same for each query of a block (rows x the matrix's dimension): one pass over the matrix,
// each block of rows read once from memory for all queries. One result a query, in their order.
std::span<const std::span<const Neighbour>> search_flat_batch(const Kernels& kernels, Metric metric,
                                                              MatrixView matrix,
                                                              BitsetView permitted,
                                                              MatrixView queries, std::uint32_t k,
                                                              FlatScratch& scratch);

// Offers every permitted row to `best`, which was reset for the metric: the scan that a graph falls
// back to.
void scan_permitted(const Kernels& kernels, Metric metric, MatrixView matrix, BitsetView permitted,
                    const float* query, float query_inverse_norm, TopK& best);

}  // namespace eyrie::index
