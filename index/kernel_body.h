// The body of every kernel table, written once over a type of 16 lanes; kernels_<set>.cc supplies
// the lanes and is compiled for its instruction set. kernels.h says what is computed.
//
// Lanes must be a type local to its file (an anonymous namespace): then everything below is too,
// and the linker cannot hand code of one instruction set to another. For the same reason nothing
// here may call an inline function of the standard library.
//
// Lanes has: zero(); load(p) of 16 floats; load_part(p, n) of n < 16, the rest +0; multiply_add and
// difference_square_add (acc, a, b), each operation rounded; reduce(lanes); reduce_four(a, b, c, d,
// out); and the tile's extent, kTileQueries x kTileRows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "index/kernels.h"

namespace eyrie::index::body {

inline constexpr std::size_t kLanes = 16;
inline constexpr std::size_t kGroup = 4;  // rows in flight: hides the latency of one chain of sums
// A row's first 2 KiB are fetched ahead; the hardware follows by itself from there.
inline constexpr std::size_t kFetchBytesMax = 2048;

template <class Lanes, bool kL2>
[[gnu::always_inline]] inline Lanes accumulate(Lanes sum, Lanes a, Lanes b) {
  if constexpr (kL2) {
    return Lanes::difference_square_add(sum, a, b);
  } else {
    return Lanes::multiply_add(sum, a, b);
  }
}

template <class Lanes, bool kL2>
float pair(const float* a, const float* b, std::size_t dimension) {
  Lanes sum = Lanes::zero();
  std::size_t i = 0;
  for (; i + kLanes <= dimension; i += kLanes) {
    sum = accumulate<Lanes, kL2>(sum, Lanes::load(a + i), Lanes::load(b + i));
  }
  if (i < dimension) {
    const std::size_t rest = dimension - i;
    sum = accumulate<Lanes, kL2>(sum, Lanes::load_part(a + i, rest), Lanes::load_part(b + i, rest));
  }
  return Lanes::reduce(sum);
}

// One query against four rows.
template <class Lanes, bool kL2>
[[gnu::always_inline]] inline void four(const float* query, const float* r0, const float* r1,
                                        const float* r2, const float* r3, std::size_t dimension,
                                        float* out) {
  Lanes s0 = Lanes::zero();
  Lanes s1 = s0;
  Lanes s2 = s0;
  Lanes s3 = s0;
  std::size_t i = 0;
  for (; i + kLanes <= dimension; i += kLanes) {
    const Lanes q = Lanes::load(query + i);
    s0 = accumulate<Lanes, kL2>(s0, q, Lanes::load(r0 + i));
    s1 = accumulate<Lanes, kL2>(s1, q, Lanes::load(r1 + i));
    s2 = accumulate<Lanes, kL2>(s2, q, Lanes::load(r2 + i));
    s3 = accumulate<Lanes, kL2>(s3, q, Lanes::load(r3 + i));
  }
  if (i < dimension) {
    const std::size_t rest = dimension - i;
    const Lanes q = Lanes::load_part(query + i, rest);
    s0 = accumulate<Lanes, kL2>(s0, q, Lanes::load_part(r0 + i, rest));
    s1 = accumulate<Lanes, kL2>(s1, q, Lanes::load_part(r1 + i, rest));
    s2 = accumulate<Lanes, kL2>(s2, q, Lanes::load_part(r2 + i, rest));
    s3 = accumulate<Lanes, kL2>(s3, q, Lanes::load_part(r3 + i, rest));
  }
  Lanes::reduce_four(s0, s1, s2, s3, out);
}

template <class Lanes, bool kL2>
void rows(const float* query, const float* rows, std::size_t stride, std::size_t count,
          std::size_t dimension, float* out) {
  std::size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    const float* r = rows + i * stride;
    four<Lanes, kL2>(query, r, r + stride, r + 2 * stride, r + 3 * stride, dimension, out + i);
  }
  for (; i < count; ++i) out[i] = pair<Lanes, kL2>(query, rows + i * stride, dimension);
}

[[gnu::always_inline]] inline void fetch(const float* row, std::size_t bytes) {
  const char* p = reinterpret_cast<const char*>(row);
  for (std::size_t at = 0; at < bytes; at += 64) __builtin_prefetch(p + at);
}

template <class Lanes, bool kL2>
void gather(const float* query, const float* rows, std::size_t stride, const std::uint32_t* ids,
            std::size_t count, std::size_t dimension, float* out) {
  std::size_t bytes = dimension * sizeof(float);
  if (bytes > kFetchBytesMax) bytes = kFetchBytesMax;
  for (std::size_t i = 0; i < kGroup && i < count; ++i) fetch(rows + ids[i] * stride, bytes);
  std::size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    const std::size_t end = i + 2 * kGroup < count ? i + 2 * kGroup : count;
    for (std::size_t j = i + kGroup; j < end; ++j) fetch(rows + ids[j] * stride, bytes);
    four<Lanes, kL2>(query, rows + ids[i] * stride, rows + ids[i + 1] * stride,
                     rows + ids[i + 2] * stride, rows + ids[i + 3] * stride, dimension, out + i);
  }
  for (; i < count; ++i) out[i] = pair<Lanes, kL2>(query, rows + ids[i] * stride, dimension);
}

// kQ queries against kR consecutive rows, one accumulator each, all held in registers.
template <class Lanes, bool kL2, std::size_t kQ, std::size_t kR>
[[gnu::always_inline]] inline void block(const float* queries, std::size_t query_stride,
                                         const float* rows, std::size_t stride,
                                         std::size_t dimension, Lanes (&sums)[kQ][kR]) {
#pragma clang loop unroll(full)
  for (std::size_t q = 0; q < kQ; ++q) {
#pragma clang loop unroll(full)
    for (std::size_t r = 0; r < kR; ++r) sums[q][r] = Lanes::zero();
  }
  const auto step = [&](auto load, std::size_t i) __attribute__((always_inline)) {
    Lanes row[kR];
#pragma clang loop unroll(full)
    for (std::size_t r = 0; r < kR; ++r) row[r] = load(rows + r * stride + i);
#pragma clang loop unroll(full)
    for (std::size_t q = 0; q < kQ; ++q) {
      const Lanes query = load(queries + q * query_stride + i);
#pragma clang loop unroll(full)
      for (std::size_t r = 0; r < kR; ++r) {
        sums[q][r] = accumulate<Lanes, kL2>(sums[q][r], query, row[r]);
      }
    }
  };
  std::size_t i = 0;
  for (; i + kLanes <= dimension; i += kLanes) {
    step([](const float* p) __attribute__((always_inline)) { return Lanes::load(p); }, i);
  }
  if (i < dimension) {
    const std::size_t rest = dimension - i;
    step([rest](const float* p)
             __attribute__((always_inline)) { return Lanes::load_part(p, rest); },
         i);
  }
}

template <class Lanes, bool kL2>
void tile(const float* queries, std::size_t query_stride, std::size_t query_count,
          const float* rows_begin, std::size_t stride, std::size_t count, std::size_t dimension,
          float* out) {
  constexpr std::size_t kQ = Lanes::kTileQueries;
  constexpr std::size_t kR = Lanes::kTileRows;
  std::size_t q = 0;
  for (; q + kQ <= query_count; q += kQ) {
    const float* block_queries = queries + q * query_stride;
    std::size_t r = 0;
    for (; r + kR <= count; r += kR) {
      Lanes sums[kQ][kR];
      block<Lanes, kL2, kQ, kR>(block_queries, query_stride, rows_begin + r * stride, stride,
                                dimension, sums);
      for (std::size_t a = 0; a < kQ; ++a) {
        for (std::size_t b = 0; b < kR; ++b) {
          out[(q + a) * count + r + b] = Lanes::reduce(sums[a][b]);
        }
      }
    }
    for (std::size_t a = 0; a < kQ; ++a) {
      rows<Lanes, kL2>(block_queries + a * query_stride, rows_begin + r * stride, stride, count - r,
                       dimension, out + (q + a) * count + r);
    }
  }
  for (; q < query_count; ++q) {
    rows<Lanes, kL2>(queries + q * query_stride, rows_begin, stride, count, dimension,
                     out + q * count);
  }
}

// `name` is the address of a literal: the constructor of string_view must not be instantiated here.
template <class Lanes>
constexpr Kernels make_table(std::string_view name) {
  return {.name = name,
          .l2 = pair<Lanes, true>,
          .inner_product = pair<Lanes, false>,
          .l2_rows = rows<Lanes, true>,
          .inner_product_rows = rows<Lanes, false>,
          .l2_gather = gather<Lanes, true>,
          .inner_product_gather = gather<Lanes, false>,
          .l2_tile = tile<Lanes, true>,
          .inner_product_tile = tile<Lanes, false>};
}

}  // namespace eyrie::index::body
