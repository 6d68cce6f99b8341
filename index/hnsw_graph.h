// The links of an HNSW graph (Malkov, Yashunin: arXiv 1603.09320), laid out for search, and their
// stored form. It names rows and holds no vectors.
//
// Layout: level 0 is rows x 2M row numbers; a level above has the few rows that reach it as slots
// 0, 1, ..., ascending by row, and M slot numbers of the same level each. Unused places hold kNone
// and come last. So a step reads whole cache lines, and a descent touches compact arrays alone.
//
// Invariants, kept by the builder and checked when bytes come in:
//   G1  every link is a row (a slot) that exists, and nothing but kNone follows a kNone;
//   G2  a level's rows ascend, are rows of the level below, and no level is empty;
//   G3  `entry` is a slot of the highest level, or a row when there is none above 0.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "index/views.h"
#include "runtime/status.h"

namespace eyrie::index {

struct HnswGraph {
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::uint32_t kRowsMax = 0x7fffffffU;
  static constexpr std::uint32_t kLinksMax = 2048;  // of M, as in Milvus
  static constexpr std::uint32_t kLevelsAboveMax = 15;

  struct Level {
    std::vector<std::uint32_t> rows;   // slot -> row
    std::vector<std::uint32_t> below;  // slot -> slot one level down; at level 1 the row itself
    std::vector<std::uint32_t> links;  // slots x M
  };

  Metric metric = Metric::l2;
  std::uint32_t dimension = 0;
  std::uint32_t rows = 0;
  std::uint32_t M = 0;
  std::uint32_t entry = 0;
  AlignedVector<std::uint32_t> links;  // rows x 2M
  std::vector<Level> above;            // above[0] is level 1

  const std::uint32_t* links_of(std::uint32_t row) const {
    return links.data() + std::size_t{row} * 2 * M;
  }

  // Sets each level's `below` from its rows; data_loss where G2 does not hold.
  Status connect_levels();
  // G1 and G3.
  Status check_links() const;
};

// Little-endian: magic "EYHG", version, total length in bytes (u64), metric, dimension, rows, M,
// levels above 0, entry, the rows of each of these levels counted; then links of level 0; then each
// level's rows and links; last the CRC32C of everything before it. All numbers are u32 but the one.
std::string encode(const HnswGraph& graph);

// data_loss for bytes that are cut, changed or break an invariant; unsupported for a version that
// this build does not know. Memory is taken only after lengths agree with the bytes present.
Result<HnswGraph> decode(std::string_view bytes);

}  // namespace eyrie::index
