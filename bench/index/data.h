// Real vectors for the benchmarks: a base to search in, queries, and the exact answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "index/views.h"
#include "runtime/status.h"

namespace eyrie::bench {

inline constexpr std::uint32_t kNeighbours = 10;

struct Data {
  std::string name;
  index::Matrix base{0};
  std::vector<float> base_inverse_norms;
  index::Matrix queries{0};
  std::vector<std::vector<std::uint32_t>> nearest;  // a query's kNeighbours by cosine

  index::MatrixView base_view() const { return base.view(base_inverse_norms.data()); }
};

// fvecs: a record is an int32 dimension and that many float32. Takes at most `rows_max` records.
Result<index::Matrix> read_fvecs(const std::string& path, std::uint32_t rows_max);

// From `folder`: the first 101,000 rows of glove100.fvecs, which `./x data` fetches; or else
// glove100-10k.fvecs. The last 1,000 (500) rows serve as queries and leave the base.
Result<Data> load_data(const std::string& folder);

// The share of `nearest` among `found`, over all queries.
double recall(const Data& data, const std::vector<std::vector<std::uint32_t>>& found);

}  // namespace eyrie::bench
