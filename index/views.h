// The shapes in which the room sees data, and the one order in which it ranks results.
//
// Shapes: a matrix is rows x dimension, row-major float32; a row starts every `stride` floats.
// Ownership: a ...View borrows and must not outlive what it shows; Matrix and Bitset own.
// Concurrency: views and const owners may be read from any number of threads.
//
// Score convention, for every function of the room: `score` is what Milvus reports.
//   l2             squared Euclidean distance; smaller is nearer
//   inner_product  dot product; greater is nearer
//   cosine         dot(q, x) * (1 / |x|) * (1 / |q|), multiplied in that order; greater is nearer
// The vectors of a cosine matrix stay as they were ingested; their inverse norms are computed once
// (inverse_norm in kernels.h) and travel with the view. A vector without direction (all zeros, or a
// norm that is not finite or underflows) has the inverse norm 0, so its cosine is 0 with
// everything. A NaN score is farther than any number. Results are ordered by nearer(): equal scores
// by row, so the order is total and every run, CPU and batch size gives the same one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/status.h"

namespace eyrie::index {

using Score = float;

enum class Metric : std::uint8_t { l2 = 0, inner_product = 1, cosine = 2 };

std::string_view name_of(Metric metric);
// Of "L2", "IP" or "COSINE", as Milvus spells them; invalid_argument otherwise.
Result<Metric> parse_metric(std::string_view name);

// A row of a matrix and its score for some query.
struct Neighbour {
  std::uint32_t row = 0;
  Score score = 0;
  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

// Whether score a ranks strictly before score b; false for equal ones and when a is NaN.
inline bool nearer_score(Metric metric, Score a, Score b) {
  if (a != a) return false;
  if (b != b) return true;
  return metric == Metric::l2 ? a < b : a > b;
}

// The total order of results.
inline bool nearer(Metric metric, const Neighbour& a, const Neighbour& b) {
  if (nearer_score(metric, a.score, b.score)) return true;
  if (nearer_score(metric, b.score, a.score)) return false;
  return a.row < b.row;
}

// rows x dimension floats. `inverse_norms` has one value a row and is needed by cosine alone.
// Fastest when rows start at 64 bytes and stride is a multiple of 16, as Matrix has them.
struct MatrixView {
  const float* data = nullptr;
  std::uint32_t rows = 0;
  std::uint32_t dimension = 0;
  std::size_t stride = 0;  // floats from one row to the next, >= dimension
  const float* inverse_norms = nullptr;

  const float* row(std::uint32_t i) const { return data + static_cast<std::size_t>(i) * stride; }
};

// Memory that starts at a cache line, and lies on huge pages where it is large and the system has
// them: a walk through a graph touches rows at random, and finding the pages of small ones took a
// third of its time.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory, std::size_t bytes);

template <class T>
struct CacheLineAllocator {
  using value_type = T;

  CacheLineAllocator() = default;
  template <class U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) { return static_cast<T*>(allocate_aligned(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) { free_aligned(p, n * sizeof(T)); }
  friend bool operator==(const CacheLineAllocator&, const CacheLineAllocator&) { return true; }
};
template <class T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

// A matrix that grows by rows: each starts at a cache line and is padded with zeros to a multiple
// of 16 floats. Adding a row may move all of them, which ends the life of every view.
class Matrix {
 public:
  static constexpr std::size_t kRowMultiple = 16;  // floats in a cache line

  explicit Matrix(std::uint32_t dimension)
      : dimension_(dimension),
        stride_((dimension + kRowMultiple - 1) / kRowMultiple * kRowMultiple) {}

  void reserve(std::uint32_t rows) { data_.reserve(rows * stride_); }
  // `values` holds `dimension` floats.
  void add_row(std::span<const float> values);

  std::uint32_t rows() const { return rows_; }
  std::uint32_t dimension() const { return dimension_; }
  // `inverse_norms`: one a row, or null where the metric is not cosine; borrowed as well.
  MatrixView view(const float* inverse_norms = nullptr) const {
    return {data_.data(), rows_, dimension_, stride_, inverse_norms};
  }

 private:
  std::uint32_t dimension_;
  std::uint32_t rows_ = 0;
  std::size_t stride_;
  AlignedVector<float> data_;
};

// Which rows a search may return: bit i permits row i. A default view permits every row. A view
// shorter than the matrix permits nothing past its end.
class BitsetView {
 public:
  static constexpr std::uint32_t kWordBits = 64;

  BitsetView() = default;
  BitsetView(const std::uint64_t* words, std::uint32_t size) : words_(words), size_(size) {}

  std::uint32_t size() const { return size_; }
  bool test(std::uint32_t i) const {
    if (words_ == nullptr) return true;
    return i < size_ && (words_[i / kWordBits] >> (i % kWordBits) & 1) != 0;
  }
  // The bits of rows [64 w, 64 w + 64), those at or past `rows` as zeros.
  std::uint64_t word(std::uint32_t w, std::uint32_t rows) const;
  // How many of the first `rows` rows are permitted.
  std::uint32_t count(std::uint32_t rows) const;

 private:
  const std::uint64_t* words_ = nullptr;
  std::uint32_t size_ = 0;
};

// The owner of such bits. Bits past size() are zero.
class Bitset {
 public:
  Bitset() = default;
  explicit Bitset(std::uint32_t size, bool value = false) { resize(size, value); }

  std::uint32_t size() const { return size_; }
  void resize(std::uint32_t size, bool value = false);
  void set(std::uint32_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  void clear(std::uint32_t i) { words_[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  bool test(std::uint32_t i) const { return (words_[i / 64] >> (i % 64) & 1) != 0; }
  std::uint32_t count() const { return BitsetView(words_.data(), size_).count(size_); }

  // Bit by bit; the other one has the same size.
  Bitset& operator&=(const Bitset& other);
  Bitset& operator|=(const Bitset& other);
  void flip();

  // An empty bitset gives a view that permits nothing.
  BitsetView view() const;
  friend bool operator==(const Bitset&, const Bitset&) = default;

 private:
  void clear_past_end();

  std::uint32_t size_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace eyrie::index
