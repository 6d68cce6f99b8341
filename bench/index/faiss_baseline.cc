#include "bench/index/faiss_baseline.h"

#include <omp.h>

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>

namespace eyrie::bench {

namespace {

std::vector<float> dense_rows(index::MatrixView matrix) {
  std::vector<float> out;
  out.reserve(std::size_t{matrix.rows} * matrix.dimension);
  for (std::uint32_t i = 0; i < matrix.rows; ++i) {
    out.insert(out.end(), matrix.row(i), matrix.row(i) + matrix.dimension);
  }
  return out;
}

}  // namespace

struct FaissHnsw::Parts {
  Parts(int dimension, int M) : index(dimension, M, faiss::METRIC_INNER_PRODUCT) {}
  faiss::IndexHNSWFlat index;
};

FaissHnsw::FaissHnsw(index::MatrixView base, const index::HnswParameters& parameters)
    : parts_(std::make_unique<Parts>(static_cast<int>(base.dimension),
                                     static_cast<int>(parameters.M))) {
  omp_set_num_threads(1);
  parts_->index.hnsw.efConstruction = static_cast<int>(parameters.ef_construction);
  parts_->index.add(base.rows, dense_rows(base).data());
}

FaissHnsw::~FaissHnsw() = default;

void FaissHnsw::set_ef(std::uint32_t ef) {
  parts_->index.hnsw.efSearch = static_cast<int>(ef);
}

std::vector<std::uint32_t> FaissHnsw::search(const float* query, std::uint32_t k) const {
  std::vector<faiss::Index::idx_t> rows(k);
  std::vector<float> scores(k);
  parts_->index.search(1, query, k, scores.data(), rows.data());
  return {rows.begin(), rows.end()};
}

struct FaissFlat::Parts {
  explicit Parts(int dimension) : index(dimension, faiss::METRIC_INNER_PRODUCT) {}
  faiss::IndexFlat index;
  std::vector<faiss::Index::idx_t> rows;
  std::vector<float> scores;
};

FaissFlat::FaissFlat(index::MatrixView base)
    : parts_(std::make_unique<Parts>(static_cast<int>(base.dimension))) {
  omp_set_num_threads(1);
  parts_->index.add(base.rows, dense_rows(base).data());
}

FaissFlat::~FaissFlat() = default;

void FaissFlat::search(const float* queries, std::uint32_t count, std::uint32_t k) {
  parts_->rows.resize(std::size_t{count} * k);
  parts_->scores.resize(std::size_t{count} * k);
  parts_->index.search(count, queries, k, parts_->scores.data(), parts_->rows.data());
}

}  // namespace eyrie::bench
