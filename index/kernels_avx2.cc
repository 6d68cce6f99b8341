// Compiled with -mavx2: nothing but the table may run before best_kernels() asked the CPU.
#include <immintrin.h>

#include "index/kernel_body.h"
#include "index/kernels.h"

namespace eyrie::index {
namespace {

// kMask + 8 - n gives n lanes to load.
alignas(64) constexpr std::int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                                0,  0,  0,  0,  0,  0,  0,  0};

struct Lanes {
  static constexpr std::size_t kTileQueries = 2;
  static constexpr std::size_t kTileRows = 2;

  __m256 low;   // lanes 0..7
  __m256 high;  // lanes 8..15

  static Lanes zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static Lanes load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  static __m256 load_eight(const float* p, std::size_t n) {
    const void* mask = kMask + 8 - n;
    return _mm256_maskload_ps(p, _mm256_loadu_si256(static_cast<const __m256i*>(mask)));
  }
  static Lanes load_part(const float* p, std::size_t n) {
    if (n < 8) return {load_eight(p, n), _mm256_setzero_ps()};
    return {_mm256_loadu_ps(p), load_eight(p + 8, n - 8)};
  }
  static Lanes multiply_add(Lanes sum, Lanes a, Lanes b) {
    return {_mm256_add_ps(sum.low, _mm256_mul_ps(a.low, b.low)),
            _mm256_add_ps(sum.high, _mm256_mul_ps(a.high, b.high))};
  }
  static Lanes difference_square_add(Lanes sum, Lanes a, Lanes b) {
    const __m256 low = _mm256_sub_ps(a.low, b.low);
    const __m256 high = _mm256_sub_ps(a.high, b.high);
    return {_mm256_add_ps(sum.low, _mm256_mul_ps(low, low)),
            _mm256_add_ps(sum.high, _mm256_mul_ps(high, high))};
  }
  // 16 lanes to 4: i + 8, then i + 4.
  static __m128 fold(Lanes s) {
    const __m256 eight = _mm256_add_ps(s.low, s.high);
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

constexpr Kernels kTable = body::make_table<Lanes>("avx2");

}  // namespace

const Kernels* avx2_kernels() {
  return __builtin_cpu_supports("avx2") ? &kTable : nullptr;
}

}  // namespace eyrie::index
