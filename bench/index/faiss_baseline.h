// The peer: IndexHNSWFlat of the installed FAISS (inner product of normalised vectors), one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "index/hnsw.h"
#include "index/views.h"

namespace eyrie::bench {

class FaissHnsw {
 public:
  FaissHnsw(index::MatrixView base, const index::HnswParameters& parameters);
  ~FaissHnsw();
  FaissHnsw(const FaissHnsw&) = delete;
  FaissHnsw& operator=(const FaissHnsw&) = delete;

  void set_ef(std::uint32_t ef);
  // `query` is normalised.
  std::vector<std::uint32_t> search(const float* query, std::uint32_t k) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// One batch through FAISS's IndexFlatIP, which multiplies matrices with BLAS from 20 queries on.
class FaissFlat {
 public:
  explicit FaissFlat(index::MatrixView base);
  ~FaissFlat();
  FaissFlat(const FaissFlat&) = delete;
  FaissFlat& operator=(const FaissFlat&) = delete;

  // `queries` are dense: count x dimension.
  void search(const float* queries, std::uint32_t count, std::uint32_t k);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace eyrie::bench
