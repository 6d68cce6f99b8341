#include "index/hnsw_graph.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "index/hnsw.h"
#include "runtime/crc32c.h"
#include "tests/index/vectors.h"
#include "tests/storage/golden.h"

namespace eyrie::index {
namespace {

HnswGraph some_graph() {
  VectorSource source(31);
  const Matrix matrix = source.matrix(60, 5);
  const auto index = HnswIndex::build(*best_kernels(), Metric::l2, matrix.view(),
                                      {.M = 3, .ef_construction = 20, .seed = 2});
  EXPECT_TRUE(index.has_value());
  auto graph = decode(index->serialize());
  EXPECT_TRUE(graph.has_value());
  EXPECT_GE(graph->above.size(), 2U) << "the tests below want two levels above 0";
  return *std::move(graph);
}

Code code_of(std::string_view bytes) {
  const auto graph = decode(bytes);
  return graph ? Code::ok : graph.error().code();
}

// Puts a right checksum under whatever the bytes have become, so that deeper checks are reached.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 4);
  const std::uint32_t crc = crc32c(bytes);
  bytes.append(reinterpret_cast<const char*>(&crc), 4);
  return bytes;
}

void put_number(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, 4);
}

TEST(HnswGraph, EveryTruncationIsDataLoss) {
  const std::string bytes = encode(some_graph());
  EXPECT_EQ(code_of(bytes), Code::ok);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(code_of(std::string_view(bytes).substr(0, size)), Code::data_loss) << size;
  }
  EXPECT_EQ(code_of(bytes + '\0'), Code::data_loss);
}

TEST(HnswGraph, EveryFlippedBitIsFound) {
  const std::string bytes = encode(some_graph());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const Code code = code_of(flipped);
    EXPECT_TRUE(code == Code::data_loss || code == Code::unsupported) << bit;
    EXPECT_EQ(code == Code::unsupported, bit / 8 >= 4 && bit / 8 < 8) << bit;
  }
}

// A forged checksum: what is decoded may be another graph, but never one that leads outside.
TEST(HnswGraph, ChangedBytesUnderARightChecksumNeverLeadOutside) {
  const std::string bytes = encode(some_graph());
  VectorSource source(32);
  const Matrix matrix = source.matrix(60, 5);
  HnswScratch scratch;
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = bytes;
    for (std::uint64_t i = 0; i <= source.below(3); ++i) {
      changed[source.below(changed.size())] = static_cast<char>(source.below(256));
    }
    const auto index = HnswIndex::deserialize(sealed(changed));
    if (!index) continue;
    const std::vector<float> query = source.vector(5);
    const HnswRequest request{5, 10, {}, HnswRoute::graph};
    const auto found = index->search(*best_kernels(), matrix.view(), query, request, scratch);
    if (found) {
      EXPECT_EQ(found->size(), 5U);
    }
  }
}

TEST(HnswGraph, HugeSizesUnderARightChecksumTakeNoMemory) {
  const std::string bytes = encode(some_graph());
  constexpr std::size_t kRows = 24;
  constexpr std::size_t kM = 28;
  constexpr std::size_t kLevels = 32;
  constexpr std::size_t kFirstCount = 40;
  for (const std::size_t at : {kRows, kM, kLevels, kFirstCount}) {
    for (const std::uint32_t value : {0U, 1U, 15U, 2048U, 0x7fffffffU, 0xffffffffU}) {
      std::string changed = bytes;
      put_number(changed, at, value);
      EXPECT_EQ(code_of(sealed(changed)), Code::data_loss) << at << " " << value;
    }
  }
}

TEST(HnswGraph, BrokenInvariantsAreDataLoss) {
  const auto broken = [](const std::function<void(HnswGraph&)>& change) {
    HnswGraph graph = some_graph();
    change(graph);
    return code_of(encode(graph));
  };
  EXPECT_EQ(broken([](HnswGraph&) {}), Code::ok);
  EXPECT_EQ(broken([](HnswGraph& g) { g.links[7] = 60; }), Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) {
              g.links[0] = HnswGraph::kNone;
              g.links[1] = 0;
            }),
            Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) {
              g.above[0].links[0] = static_cast<std::uint32_t>(g.above[0].rows.size());
            }),
            Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) { std::swap(g.above[0].rows[0], g.above[0].rows[1]); }),
            Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) { g.above[0].rows.back() = 60; }), Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) {
              for (std::uint32_t row = 0; row < 60; ++row) {
                if (std::ranges::find(g.above[0].rows, row) == g.above[0].rows.end()) {
                  g.above[1].rows = {row};
                  g.above[1].links.assign(g.M, HnswGraph::kNone);
                  g.above.resize(2);
                  g.entry = 0;
                  return;
                }
              }
            }),
            Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) {
              g.entry = static_cast<std::uint32_t>(g.above.back().rows.size());
            }),
            Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) { g.above.emplace_back(); }), Code::data_loss);
  EXPECT_EQ(broken([](HnswGraph& g) {
              g.above.clear();
              g.entry = 60;
            }),
            Code::data_loss);
}

// Of five rows, three of which reach level 1 and one level 2; written by hand, so that its bytes
// follow from the format alone.
HnswGraph graph_by_hand() {
  constexpr std::uint32_t kNone = HnswGraph::kNone;
  HnswGraph graph;
  graph.metric = Metric::cosine;
  graph.dimension = 24;
  graph.rows = 5;
  graph.M = 2;
  graph.links = {1, 2, 3,     4,      // of row 0
                 0, 2, kNone, kNone,  // of row 1
                 1, 0, 3,     kNone,  // of row 2
                 4, 2, kNone, kNone,  // of row 3
                 3, 0, kNone, kNone};
  graph.above = {{.rows = {1, 3, 4}, .below = {}, .links = {1, 2, 0, kNone, 0, kNone}},
                 {.rows = {3}, .below = {}, .links = {kNone, kNone}}};
  return graph;
}

TEST(HnswGraph, VersionOneReadsAndWritesTheSameBytes) {
  const HnswGraph graph = graph_by_hand();
  const std::string stored = storage::test::golden_file("v1", "hnsw_graph", encode(graph));
  EXPECT_EQ(encode(graph), stored);
  const auto read = decode(stored);
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->metric, graph.metric);
  EXPECT_EQ(read->dimension, graph.dimension);
  EXPECT_EQ(read->rows, graph.rows);
  EXPECT_EQ(read->M, graph.M);
  EXPECT_EQ(read->entry, graph.entry);
  EXPECT_EQ(read->links, graph.links);
  ASSERT_EQ(read->above.size(), graph.above.size());
  for (std::size_t i = 0; i < graph.above.size(); ++i) {
    EXPECT_EQ(read->above[i].rows, graph.above[i].rows);
    EXPECT_EQ(read->above[i].links, graph.above[i].links);
  }
}

}  // namespace
}  // namespace eyrie::index
