#include "bench/index/fma_kernels.h"

#include <immintrin.h>

namespace eyrie::bench {

namespace {

__m512 load(const float* p, std::size_t left) {
  const auto mask = static_cast<__mmask16>(left >= 16 ? 0xffffU : (1U << left) - 1);
  return _mm512_maskz_loadu_ps(mask, p);
}

template <bool kL2>
__m512 step(__m512 sum, __m512 a, __m512 b) {
  if constexpr (kL2) {
    const __m512 difference = _mm512_sub_ps(a, b);
    return _mm512_fmadd_ps(difference, difference, sum);
  } else {
    return _mm512_fmadd_ps(a, b, sum);
  }
}

template <bool kL2>
float four_chains(const float* a, const float* b, std::size_t dimension) {
  __m512 s0 = _mm512_setzero_ps();
  __m512 s1 = s0;
  __m512 s2 = s0;
  __m512 s3 = s0;
  std::size_t i = 0;
  for (; i + 64 <= dimension; i += 64) {
    s0 = step<kL2>(s0, _mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i));
    s1 = step<kL2>(s1, _mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16));
    s2 = step<kL2>(s2, _mm512_loadu_ps(a + i + 32), _mm512_loadu_ps(b + i + 32));
    s3 = step<kL2>(s3, _mm512_loadu_ps(a + i + 48), _mm512_loadu_ps(b + i + 48));
  }
  for (; i < dimension; i += 16) {
    s0 = step<kL2>(s0, load(a + i, dimension - i), load(b + i, dimension - i));
  }
  return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

}  // namespace

bool fma_present() {
  return __builtin_cpu_supports("avx512f") != 0;
}

float fma_l2(const float* a, const float* b, std::size_t dimension) {
  return four_chains<true>(a, b, dimension);
}

float fma_inner_product(const float* a, const float* b, std::size_t dimension) {
  return four_chains<false>(a, b, dimension);
}

}  // namespace eyrie::bench
