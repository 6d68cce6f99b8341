// What the room's kernels would be without the promise of equal bits: four chains of fused
// multiply-adds (AVX-512). For comparison only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace eyrie::bench {

bool fma_present();
float fma_l2(const float* a, const float* b, std::size_t dimension);
float fma_inner_product(const float* a, const float* b, std::size_t dimension);

}  // namespace eyrie::bench
