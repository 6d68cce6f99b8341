#include "index/kernels.h"

#include <cmath>
#include <limits>

namespace eyrie::index {

const Kernels* best_kernels() {
  if (const Kernels* table = avx512_kernels()) return table;
  if (const Kernels* table = avx2_kernels()) return table;
  return &scalar_kernels();
}

float inverse_norm(const Kernels& kernels, std::span<const float> vector) {
  const float squared = kernels.inner_product(vector.data(), vector.data(), vector.size());
  // Below the least normal number the square has lost its digits; NaN fails both comparisons.
  const bool usable =
      squared >= std::numeric_limits<float>::min() && squared <= std::numeric_limits<float>::max();
  return usable ? 1.0F / std::sqrt(squared) : 0.0F;
}

std::vector<float> inverse_norms(const Kernels& kernels, MatrixView matrix) {
  std::vector<float> out(matrix.rows);
  for (std::uint32_t i = 0; i < matrix.rows; ++i) {
    out[i] = inverse_norm(kernels, {matrix.row(i), matrix.dimension});
  }
  return out;
}

}  // namespace eyrie::index
