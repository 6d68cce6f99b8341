#include "bench/index/data.h"

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

#include "index/flat.h"
#include "index/kernels.h"

namespace eyrie::bench {

namespace {

constexpr std::uint32_t kBaseRows = 100'000;
constexpr std::uint32_t kQueries = 1'000;
constexpr std::uint32_t kQueriesOfFew = 500;  // of the 10,000 rows of the repository

index::Matrix part(const index::Matrix& from, std::uint32_t begin, std::uint32_t end) {
  index::Matrix out(from.dimension());
  for (std::uint32_t i = begin; i < end; ++i) {
    out.add_row({from.view().row(i), from.dimension()});
  }
  return out;
}

void find_exact(Data& data) {
  const index::Kernels& kernels = *index::best_kernels();
  data.base_inverse_norms = index::inverse_norms(kernels, data.base.view());
  index::FlatScratch scratch;
  const auto results = index::search_flat_batch(kernels, index::Metric::cosine, data.base_view(),
                                                {}, data.queries.view(), kNeighbours, scratch);
  for (const auto& result : results) {
    std::vector<std::uint32_t>& rows = data.nearest.emplace_back();
    for (const index::Neighbour& one : result) rows.push_back(one.row);
  }
}

}  // namespace

Result<index::Matrix> read_fvecs(const std::string& path, std::uint32_t rows_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::not_found, path);
  std::int32_t dimension = 0;
  in.read(reinterpret_cast<char*>(&dimension), sizeof dimension);
  if (!in || dimension <= 0 || dimension > 65536) return fail(Code::data_loss, path);
  index::Matrix matrix(static_cast<std::uint32_t>(dimension));
  std::vector<float> row(static_cast<std::size_t>(dimension));
  while (in && matrix.rows() < rows_max) {
    in.read(reinterpret_cast<char*>(row.data()),
            static_cast<std::streamsize>(row.size() * sizeof(float)));
    if (!in) return fail(Code::data_loss, path + " ends within a record");
    matrix.add_row(row);
    std::int32_t next = 0;
    in.read(reinterpret_cast<char*>(&next), sizeof next);
    if (in && next != dimension) return fail(Code::data_loss, path + " has mixed dimensions");
  }
  return matrix;
}

Result<Data> load_data(const std::string& folder) {
  Result<index::Matrix> all = read_fvecs(folder + "/glove100.fvecs", kBaseRows + kQueries);
  std::uint32_t queries = kQueries;
  if (!all) {
    all = read_fvecs(folder + "/glove100-10k.fvecs", kBaseRows);
    queries = kQueriesOfFew;
  }
  if (!all) return fail(std::move(all).error());
  if (all->rows() <= queries) return fail(Code::data_loss, folder + ": too few vectors");
  Data data;
  const std::uint32_t kept = all->rows() - queries;
  data.base = part(*all, 0, kept);
  data.queries = part(*all, kept, all->rows());
  data.name = "GloVe-100, " + std::to_string(kept) + " rows";
  find_exact(data);
  return data;
}

double recall(const Data& data, const std::vector<std::vector<std::uint32_t>>& found) {
  std::size_t hits = 0;
  std::size_t wanted = 0;
  for (std::size_t q = 0; q < data.nearest.size(); ++q) {
    wanted += data.nearest[q].size();
    for (const std::uint32_t row : data.nearest[q]) {
      hits += std::ranges::find(found[q], row) != found[q].end() ? 1 : 0;
    }
  }
  return static_cast<double>(hits) / static_cast<double>(wanted);
}

}  // namespace eyrie::bench
