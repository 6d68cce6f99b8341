// The parts of eyrie-bench-index.
#pragma once

#include "bench/index/data.h"

namespace eyrie::bench {

// Register benchmarks; `data` outlives the run.
void register_kernels();
void register_flat(const Data& data);

// Builds both indexes and prints, for each ef, recall and rate of ours and of FAISS, and the ratio
// of rates at equal recall.
void print_hnsw_table(const Data& data);

}  // namespace eyrie::bench
