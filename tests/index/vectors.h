// Seeded vectors for the room's tests.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "index/views.h"

namespace eyrie::index {

class VectorSource {
 public:
  explicit VectorSource(std::uint64_t seed) : bits_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return bits_() % bound; }

  // In [-1, 1), a multiple of 2^-23.
  float unit() {
    return static_cast<float>(static_cast<std::int64_t>(bits_() >> 40) - (1 << 23)) / (1 << 23);
  }

  std::vector<float> vector(std::uint32_t dimension) {
    std::vector<float> out(dimension);
    for (float& value : out) value = unit();
    return out;
  }

  // Coordinates from a handful of small integers: many exactly equal scores.
  std::vector<float> lattice_vector(std::uint32_t dimension) {
    std::vector<float> out(dimension);
    for (float& value : out) value = static_cast<float>(static_cast<int>(below(3)) - 1);
    return out;
  }

  Matrix matrix(std::uint32_t rows, std::uint32_t dimension) {
    Matrix out(dimension);
    for (std::uint32_t i = 0; i < rows; ++i) out.add_row(vector(dimension));
    return out;
  }

  Matrix lattice(std::uint32_t rows, std::uint32_t dimension) {
    Matrix out(dimension);
    for (std::uint32_t i = 0; i < rows; ++i) out.add_row(lattice_vector(dimension));
    return out;
  }

  // Points around `centres` random centres, at a tenth of their spread.
  Matrix clusters(std::uint32_t rows, std::uint32_t dimension, std::uint32_t centres) {
    std::vector<std::vector<float>> means(centres);
    for (auto& mean : means) mean = vector(dimension);
    Matrix out(dimension);
    for (std::uint32_t i = 0; i < rows; ++i) {
      std::vector<float> row = means[below(centres)];
      for (float& value : row) value += 0.1F * unit();
      out.add_row(row);
    }
    return out;
  }

  // Each of `size` rows permitted with a probability of `percent`.
  Bitset bits(std::uint32_t size, std::uint32_t percent) {
    Bitset out(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      if (below(100) < percent) out.set(i);
    }
    return out;
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace eyrie::index
