#include "index/kernels.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/index/vectors.h"

namespace eyrie::index {
namespace {

std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

// The tree of kernels.h in words of its own: what every table must give, bit for bit.
float tree(Metric metric, const float* a, const float* b, std::size_t dimension) {
  float lanes[16] = {};
  for (std::size_t i = 0; i < dimension; ++i) {
    const float difference = a[i] - b[i];
    const float product = metric == Metric::l2 ? difference * difference : a[i] * b[i];
    lanes[i % 16] = lanes[i % 16] + product;
  }
  for (const std::size_t half : {8U, 4U, 2U, 1U}) {
    for (std::size_t i = 0; i < half; ++i) lanes[i] = lanes[i] + lanes[i + half];
  }
  return std::isnan(lanes[0]) ? std::bit_cast<float>(0x7fc00000U) : lanes[0];
}

// Numbers of all magnitudes, and now and then one that is not a usual number.
float wild(VectorSource& source, std::uint64_t rarity) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float specials[] = {0.0F,
                            -0.0F,
                            std::numeric_limits<float>::denorm_min(),
                            -1e-40F,
                            1e-23F,
                            -3e19F,
                            kInfinity,
                            -kInfinity,
                            std::bit_cast<float>(0x7fc12345U),
                            std::bit_cast<float>(0xff812345U)};
  if (source.below(rarity) == 0) return specials[source.below(std::size(specials))];
  return std::ldexp(source.unit(), static_cast<int>(source.below(12)) - 6);
}

class KernelTables : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string name = GetParam();
    kernels_ = name == "scalar" ? &scalar_kernels()
               : name == "avx2" ? avx2_kernels()
                                : avx512_kernels();
    if (kernels_ == nullptr) GTEST_SKIP() << "this CPU has no " << name;
    EXPECT_EQ(kernels_->name, name);
  }

  // Every function of the table on 9 rows at an unaligned place: all paths of groups and rests.
  void expect_the_tree(Metric metric, std::uint32_t dimension, std::uint64_t rarity) {
    constexpr std::uint32_t kRows = 9;
    constexpr std::uint32_t kQueries = 6;
    VectorSource source(dimension * 1000 + rarity);
    const std::size_t stride = dimension + 3;
    std::vector<float> rows(1 + stride * kRows);
    std::vector<float> queries(1 + stride * kQueries);
    for (float& value : rows) value = wild(source, rarity);
    for (float& value : queries) value = wild(source, rarity);
    const float* r = rows.data() + 1;
    const float* q = queries.data() + 1;
    const std::vector<std::uint32_t> ids = {8, 0, 3, 7, 7, 1, 5};

    std::vector<float> block(kRows);
    std::vector<float> gathered(ids.size());
    std::vector<float> tiled(kQueries * kRows);
    kernels_->rows(metric)(q, r, stride, kRows, dimension, block.data());
    kernels_->gather(metric)(q, r, stride, ids.data(), ids.size(), dimension, gathered.data());
    kernels_->tile(metric)(q, stride, kQueries, r, stride, kRows, dimension, tiled.data());
    for (std::uint32_t i = 0; i < kRows; ++i) {
      const std::uint32_t want = bits_of(tree(metric, q, r + i * stride, dimension));
      ASSERT_EQ(bits_of(kernels_->pair(metric)(q, r + i * stride, dimension)), want) << dimension;
      ASSERT_EQ(bits_of(block[i]), want) << dimension << " row " << i;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::uint32_t want = bits_of(tree(metric, q, r + ids[i] * stride, dimension));
      ASSERT_EQ(bits_of(gathered[i]), want) << dimension << " id " << ids[i];
    }
    for (std::uint32_t i = 0; i < kQueries * kRows; ++i) {
      const float* query = q + i / kRows * stride;
      const std::uint32_t want = bits_of(tree(metric, query, r + i % kRows * stride, dimension));
      ASSERT_EQ(bits_of(tiled[i]), want) << dimension << " pair " << i;
    }
  }

  const Kernels* kernels_ = nullptr;
};

TEST_P(KernelTables, GiveTheBitsOfTheTreeInEveryDimension) {
  for (std::uint32_t dimension = 0; dimension <= 300; ++dimension) {
    for (const Metric metric : {Metric::l2, Metric::inner_product}) {
      expect_the_tree(metric, dimension, 1'000'000);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(KernelTables, GiveTheBitsOfTheTreeForDenormalsInfinitiesAndNan) {
  for (std::uint32_t dimension = 1; dimension <= 300; ++dimension) {
    for (const std::uint64_t rarity : {2U, 60U}) {
      for (const Metric metric : {Metric::l2, Metric::inner_product}) {
        expect_the_tree(metric, dimension, rarity);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(KernelTables, ZerosBehindAVectorChangeNothing) {
  VectorSource source(5);
  for (std::uint32_t dimension = 1; dimension <= 64; ++dimension) {
    std::vector<float> a = source.vector(dimension);
    std::vector<float> b = source.vector(dimension);
    const float l2 = kernels_->l2(a.data(), b.data(), dimension);
    const float product = kernels_->inner_product(a.data(), b.data(), dimension);
    a.resize(dimension + 40);
    b.resize(dimension + 40);
    EXPECT_EQ(bits_of(kernels_->l2(a.data(), b.data(), a.size())), bits_of(l2));
    EXPECT_EQ(bits_of(kernels_->inner_product(a.data(), b.data(), a.size())), bits_of(product));
  }
}

TEST_P(KernelTables, InverseNormOfAVectorWithoutDirectionIsZero) {
  const auto norm = [&](std::vector<float> vector) { return inverse_norm(*kernels_, vector); };
  EXPECT_EQ(norm({3.0F, 4.0F}), 0.2F);
  EXPECT_EQ(norm({0.0F, -0.0F}), 0.0F);
  EXPECT_EQ(norm({1e-25F, 0.0F}), 0.0F);
  EXPECT_EQ(norm({3e38F, 3e38F}), 0.0F);
  EXPECT_EQ(norm({std::numeric_limits<float>::quiet_NaN(), 1.0F}), 0.0F);
  EXPECT_EQ(norm({}), 0.0F);
}

INSTANTIATE_TEST_SUITE_P(Cpu, KernelTables, testing::Values("scalar", "avx2", "avx512"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Kernels, BestIsTheWidestTheCpuHas) {
  const Kernels* best = best_kernels();
  ASSERT_NE(best, nullptr);
  const Kernels* wanted = avx512_kernels() != nullptr ? avx512_kernels()
                          : avx2_kernels() != nullptr ? avx2_kernels()
                                                      : &scalar_kernels();
  EXPECT_EQ(best, wanted);
}

}  // namespace
}  // namespace eyrie::index
