// Compiled with -mavx512f: nothing but the table may run before best_kernels() asked the CPU.
#include <immintrin.h>

#include "index/kernel_body.h"
#include "index/kernels.h"

namespace eyrie::index {
namespace {

struct Lanes {
  static constexpr std::size_t kTileQueries = 4;
  static constexpr std::size_t kTileRows = 4;

  __m512 v;

  static Lanes zero() { return {_mm512_setzero_ps()}; }
  static Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Lanes load_part(const float* p, std::size_t n) {
    return {_mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << n) - 1), p)};
  }
  static Lanes multiply_add(Lanes sum, Lanes a, Lanes b) {
    return {_mm512_add_ps(sum.v, _mm512_mul_ps(a.v, b.v))};
  }
  static Lanes difference_square_add(Lanes sum, Lanes a, Lanes b) {
    const __m512 difference = _mm512_sub_ps(a.v, b.v);
    return {_mm512_add_ps(sum.v, _mm512_mul_ps(difference, difference))};
  }
  // 16 lanes to 4: i + 8, then i + 4.
  static __m128 fold(Lanes s) {
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(s.v), 1));
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(s.v), high);
    return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  }
  static float reduce(Lanes s) {
    __m128 x = fold(s);
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    const float sum = _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
    return sum == sum ? sum : __builtin_nanf("");
  }
  static void reduce_four(Lanes a, Lanes b, Lanes c, Lanes d, float* out) {
    const __m128 a4 = fold(a);
    const __m128 b4 = fold(b);
    const __m128 c4 = fold(c);
    const __m128 d4 = fold(d);
    // i + 2: {a02, a13, b02, b13} and the same of c and d.
    const __m128 ab = _mm_add_ps(_mm_movelh_ps(a4, b4), _mm_movehl_ps(b4, a4));
    const __m128 cd = _mm_add_ps(_mm_movelh_ps(c4, d4), _mm_movehl_ps(d4, c4));
    const __m128 sum = _mm_add_ps(_mm_shuffle_ps(ab, cd, 0x88), _mm_shuffle_ps(ab, cd, 0xdd));
    const __m128 nan = _mm_set1_ps(__builtin_nanf(""));
    _mm_storeu_ps(out, _mm_blendv_ps(sum, nan, _mm_cmpunord_ps(sum, sum)));
  }
};

constexpr Kernels kTable = body::make_table<Lanes>("avx512");

}  // namespace

const Kernels* avx512_kernels() {
  return __builtin_cpu_supports("avx512f") ? &kTable : nullptr;
}

}  // namespace eyrie::index
