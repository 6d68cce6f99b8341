#include "index/views.h"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/mman.h>

namespace eyrie::index {

std::string_view name_of(Metric metric) {
  switch (metric) {
    case Metric::l2:
      return "l2";
    case Metric::inner_product:
      return "inner_product";
    case Metric::cosine:
      return "cosine";
  }
  return "unknown";
}

Result<Metric> parse_metric(std::string_view name) {
  if (name == "L2") return Metric::l2;
  if (name == "IP") return Metric::inner_product;
  if (name == "COSINE") return Metric::cosine;
  return fail(Code::invalid_argument,
              "metric type '" + std::string(name) + "' is not L2, IP or COSINE");
}

namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes >= kHugePageBytes ? kHugePageBytes : 64};
}

}  // namespace

void* allocate_aligned(std::size_t bytes) {
  void* memory = ::operator new(bytes, alignment_of(bytes));
  // A wish: where the system does not grant it, small pages serve.
  if (bytes >= kHugePageBytes) (void)madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void free_aligned(void* memory, std::size_t bytes) {
  ::operator delete(memory, alignment_of(bytes));
}

void Matrix::add_row(std::span<const float> values) {
  const std::size_t at = data_.size();
  data_.resize(at + stride_, 0.0F);
  std::copy_n(values.begin(), std::min<std::size_t>(values.size(), dimension_),
              data_.begin() + static_cast<std::ptrdiff_t>(at));
  ++rows_;
}

namespace {

// The lowest `n` bits, n in [0, 64].
std::uint64_t low_bits(std::uint32_t n) {
  return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}

}  // namespace

std::uint64_t BitsetView::word(std::uint32_t w, std::uint32_t rows) const {
  const std::uint32_t end = words_ == nullptr ? rows : std::min(rows, size_);
  const std::uint64_t begin = std::uint64_t{w} * kWordBits;
  if (begin >= end) return 0;
  const std::uint64_t mask = low_bits(static_cast<std::uint32_t>(end - begin));
  return words_ == nullptr ? mask : words_[w] & mask;
}

std::uint32_t BitsetView::count(std::uint32_t rows) const {
  if (words_ == nullptr) return rows;
  const std::uint32_t words = (std::min(rows, size_) + kWordBits - 1) / kWordBits;
  std::uint32_t total = 0;
  for (std::uint32_t w = 0; w < words; ++w) {
    total += static_cast<std::uint32_t>(std::popcount(word(w, rows)));
  }
  return total;
}

void Bitset::resize(std::uint32_t size, bool value) {
  const std::uint32_t old = size_;
  words_.resize((std::size_t{size} + 63) / 64, value ? ~std::uint64_t{0} : 0);
  // The last word of before may have room for new bits.
  if (value && size > old && old % 64 != 0) words_[old / 64] |= ~low_bits(old % 64);
  size_ = size;
  clear_past_end();
}

Bitset& Bitset::operator&=(const Bitset& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= other.words_[w];
  return *this;
}

Bitset& Bitset::operator|=(const Bitset& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= other.words_[w];
  return *this;
}

void Bitset::flip() {
  for (std::uint64_t& word : words_) word = ~word;
  clear_past_end();
}

BitsetView Bitset::view() const {
  static constexpr std::uint64_t kNothing = 0;
  return {words_.empty() ? &kNothing : words_.data(), size_};
}

void Bitset::clear_past_end() {
  if (size_ % 64 != 0) words_.back() &= low_bits(size_ % 64);
}

}  // namespace eyrie::index
