#include "index/kernel_body.h"
#include "index/kernels.h"

namespace eyrie::index {
namespace {

struct Lanes {
  static constexpr std::size_t kTileQueries = 1;
  static constexpr std::size_t kTileRows = 2;

  float v[16];

  static Lanes zero() { return {}; }
  static Lanes load(const float* p) {
    Lanes out;
    for (std::size_t i = 0; i < 16; ++i) out.v[i] = p[i];
    return out;
  }
  static Lanes load_part(const float* p, std::size_t n) {
    Lanes out = {};
    for (std::size_t i = 0; i < n; ++i) out.v[i] = p[i];
    return out;
  }
  static Lanes multiply_add(Lanes sum, const Lanes& a, const Lanes& b) {
    for (std::size_t i = 0; i < 16; ++i) sum.v[i] += a.v[i] * b.v[i];
    return sum;
  }
  static Lanes difference_square_add(Lanes sum, const Lanes& a, const Lanes& b) {
    for (std::size_t i = 0; i < 16; ++i) {
      const float difference = a.v[i] - b.v[i];
      sum.v[i] += difference * difference;
    }
    return sum;
  }
  static float reduce(Lanes s) {
    for (std::size_t half = 8; half > 0; half /= 2) {
      for (std::size_t i = 0; i < half; ++i) s.v[i] += s.v[i + half];
    }
    return s.v[0] == s.v[0] ? s.v[0] : __builtin_nanf("");
  }
  static void reduce_four(const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d,
                          float* out) {
    out[0] = reduce(a);
    out[1] = reduce(b);
    out[2] = reduce(c);
    out[3] = reduce(d);
  }
};

constexpr Kernels kTable = body::make_table<Lanes>("scalar");

}  // namespace

const Kernels& scalar_kernels() {
  return kTable;
}

}  // namespace eyrie::index
