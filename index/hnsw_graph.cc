#include "index/hnsw_graph.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "runtime/crc32c.h"

namespace eyrie::index {

namespace {

static_assert(std::endian::native == std::endian::little, "the stored form is copied as it is");

constexpr std::uint32_t kMagic = 0x47485945U;  // "EYHG"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixedBytes = 40;  // up to and including `entry`
constexpr std::size_t kWord = sizeof(std::uint32_t);

std::unexpected<Status> damaged(std::string what) {
  return fail(Code::data_loss, "HNSW graph: " + std::move(what));
}

void put(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), kWord);
}

void put_all(std::string& out, std::span<const std::uint32_t> values) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

// Reads numbers off the front; the caller has checked that they are there.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t number() {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes_.data(), kWord);
    bytes_.remove_prefix(kWord);
    return value;
  }
  std::uint64_t long_number() {
    const std::uint64_t low = number();
    return low | std::uint64_t{number()} << 32;
  }
  template <class Vector>
  void numbers(std::size_t count, Vector& out) {
    out.resize(count);
    if (count > 0) std::memcpy(out.data(), bytes_.data(), count * kWord);
    bytes_.remove_prefix(count * kWord);
  }

 private:
  std::string_view bytes_;
};

// G1 for `count` lists of `width` places, whose numbers are below `bound`.
bool links_hold(std::span<const std::uint32_t> links, std::size_t width, std::uint32_t bound) {
  for (std::size_t begin = 0; begin < links.size(); begin += width) {
    bool ended = false;
    for (const std::uint32_t link : links.subspan(begin, width)) {
      if (link == HnswGraph::kNone) {
        ended = true;
      } else if (ended || link >= bound) {
        return false;
      }
    }
  }
  return true;
}

// What the header claims, before anything is allocated for it.
struct Header {
  HnswGraph graph;  // without its lists
  std::vector<std::uint32_t> counts;
};

Result<Header> decode_header(std::string_view bytes) {
  if (bytes.size() < kFixedBytes + kWord) return damaged("cut short");
  Reader in(bytes);
  if (in.number() != kMagic) return damaged("not one");
  if (const std::uint32_t version = in.number(); version != kVersion) {
    return fail(Code::unsupported, "HNSW graph of version " + std::to_string(version));
  }
  if (in.long_number() != bytes.size()) return damaged("cut short or too long");
  const std::string_view checked = bytes.substr(0, bytes.size() - kWord);
  if (Reader(bytes.substr(checked.size())).number() != crc32c(checked)) {
    return damaged("wrong checksum");
  }
  Header header;
  const std::uint32_t metric = in.number();
  if (metric > static_cast<std::uint32_t>(Metric::cosine)) return damaged("unknown metric");
  HnswGraph& graph = header.graph;
  graph.metric = static_cast<Metric>(metric);
  graph.dimension = in.number();
  graph.rows = in.number();
  graph.M = in.number();
  const std::uint32_t levels = in.number();
  graph.entry = in.number();
  if (graph.rows > HnswGraph::kRowsMax || graph.M < 2 || graph.M > HnswGraph::kLinksMax ||
      levels > HnswGraph::kLevelsAboveMax || bytes.size() < kFixedBytes + (levels + 1) * kWord) {
    return damaged("sizes out of range");
  }
  in.numbers(levels, header.counts);
  return header;
}

std::uint64_t encoded_size(const HnswGraph& graph, std::span<const std::uint32_t> counts) {
  // At most 2^31 rows x 2^12 links x 2^2 bytes, and 15 levels of the same: no overflow in 64 bits.
  std::uint64_t words = std::uint64_t{graph.rows} * 2 * graph.M + counts.size() + 1;
  for (const std::uint32_t count : counts) words += std::uint64_t{count} * (graph.M + 1);
  return kFixedBytes + words * kWord;
}

std::vector<std::uint32_t> level_counts(const HnswGraph& graph) {
  std::vector<std::uint32_t> counts;
  for (const HnswGraph::Level& level : graph.above) {
    counts.push_back(static_cast<std::uint32_t>(level.rows.size()));
  }
  return counts;
}

}  // namespace

Status HnswGraph::connect_levels() {
  const std::vector<std::uint32_t>* lower = nullptr;
  for (Level& level : above) {
    level.below.clear();
    std::size_t at = 0;
    for (std::size_t slot = 0; slot < level.rows.size(); ++slot) {
      const std::uint32_t row = level.rows[slot];
      if (row >= rows || (slot > 0 && row <= level.rows[slot - 1])) {
        return damaged("rows of a level out of order").error();
      }
      if (lower == nullptr) {
        level.below.push_back(row);
        continue;
      }
      while (at < lower->size() && (*lower)[at] < row) ++at;
      if (at == lower->size() || (*lower)[at] != row) {
        return damaged("a row misses in a lower level").error();
      }
      level.below.push_back(static_cast<std::uint32_t>(at));
    }
    if (level.rows.empty()) return damaged("an empty level").error();
    lower = &level.rows;
  }
  return {};
}

Status HnswGraph::check_links() const {
  const std::size_t entries = above.empty() ? rows : above.back().rows.size();
  bool holds = rows == 0 ? entry == 0 : entry < entries;
  holds = holds && links_hold(links, std::size_t{2} * M, rows);
  for (const Level& level : above) {
    holds = holds && links_hold(level.links, M, static_cast<std::uint32_t>(level.rows.size()));
  }
  return holds ? Status() : damaged("a link leads nowhere").error();
}

std::string encode(const HnswGraph& graph) {
  const std::vector<std::uint32_t> counts = level_counts(graph);
  const std::uint64_t size = encoded_size(graph, counts);
  std::string out;
  out.reserve(size);
  put(out, kMagic);
  put(out, kVersion);
  put(out, static_cast<std::uint32_t>(size));
  put(out, static_cast<std::uint32_t>(size >> 32));
  put(out, static_cast<std::uint32_t>(graph.metric));
  put(out, graph.dimension);
  put(out, graph.rows);
  put(out, graph.M);
  put(out, static_cast<std::uint32_t>(counts.size()));
  put(out, graph.entry);
  put_all(out, counts);
  put_all(out, graph.links);
  for (const HnswGraph::Level& level : graph.above) {
    put_all(out, level.rows);
    put_all(out, level.links);
  }
  put(out, crc32c(out));
  return out;
}

Result<HnswGraph> decode(std::string_view bytes) {
  EYRIE_TRY(Header header, decode_header(bytes));
  HnswGraph& graph = header.graph;
  if (encoded_size(graph, header.counts) != bytes.size()) return damaged("sizes disagree");
  Reader in(bytes.substr(kFixedBytes + header.counts.size() * kWord));
  in.numbers(std::size_t{graph.rows} * 2 * graph.M, graph.links);
  for (const std::uint32_t count : header.counts) {
    HnswGraph::Level& level = graph.above.emplace_back();
    in.numbers(count, level.rows);
    in.numbers(std::size_t{count} * graph.M, level.links);
  }
  EYRIE_RETURN_IF_ERROR(graph.connect_levels());
  EYRIE_RETURN_IF_ERROR(graph.check_links());
  return std::move(graph);
}

}  // namespace eyrie::index
