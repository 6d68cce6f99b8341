// SegmentCopy: a sealed segment in memory: its rows, which of them are deleted since when, and its
// graph if it has one.
//
// A copy changes on the node's executor alone. What reads it at a timestamp takes a view of it
// there, which is immutable and may be looked through on another core: rows, vectors and a graph
// never change after loading, deletes make new Deletions. A row is visible at T if its timestamp
// <= T < deleted_at (D1).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "index/hnsw.h"
#include "index/kernels.h"
#include "index/views.h"
#include "nodes/query/deletions.h"
#include "runtime/executor.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"

namespace eyrie::query {

using storage::PrimaryKey;
using storage::PrimaryKeys;

inline constexpr WorkUnits kKeyWork = 200;  // to find or enter one key
inline constexpr WorkUnits kRowWork = 1;    // to see whether one row is visible

// The part that never changes.
struct SegmentData {
  storage::Columns columns;  // n rows, all fields
  std::vector<Timestamp> timestamps;
  std::vector<std::uint32_t> by_key;  // n row numbers, by key, then by row
  storage::FieldId key_field;
  storage::FieldId vector_field;
  index::Matrix vectors{1};
  std::vector<float> inverse_norms;
  std::uint32_t rows() const { return static_cast<std::uint32_t>(timestamps.size()); }
  // What deleting each key at its timestamp strikes: rows with a lower one (D1).
  std::vector<Deletion> struck_by(const PrimaryKeys& keys, std::span<const Timestamp> at) const;
};
using SegmentDataRef = std::shared_ptr<const SegmentData>;

// invalid_argument or data_loss if the binlog lacks the fields.
Result<SegmentDataRef> make_segment_data(const index::Kernels& kernels, storage::Binlog binlog,
                                         storage::FieldId key_field, storage::FieldId vector_field);

// A built index of a segment; without a graph it is none.
struct SegmentIndex {
  std::int64_t build = 0;  // its id; ids of later builds are higher
  std::shared_ptr<const index::HnswIndex> graph;
};

// A copy as it is at one moment and is read at one timestamp.
struct SegmentView {
  SegmentDataRef data;
  std::shared_ptr<const index::HnswIndex> graph;  // or null
  std::shared_ptr<const Deletions> deletions;
  Timestamp at;

  bool visible(std::uint32_t row) const {
    return data->timestamps[row] <= at && !deletions->deleted(row, at);
  }
  index::Bitset visible_rows() const;  // looks at every row
  // The visible rows of these keys, rising, each once however often its key is among them.
  std::vector<std::uint32_t> find(const PrimaryKeys& keys) const;
};

class SegmentCopy {
 public:
  explicit SegmentCopy(SegmentDataRef data);

  const SegmentDataRef& data() const { return data_; }
  const SegmentIndex& index() const { return index_; }
  // Searches that begin from now on use it. data_loss if it is of other rows.
  Status attach(SegmentIndex index);
  // What struck_by() gave; repeating it is harmless (D1).
  void remove(std::vector<Deletion> deletions);
  SegmentView view(Timestamp at) const { return {data_, index_.graph, deletions_, at}; }

 private:
  SegmentDataRef data_;
  SegmentIndex index_;
  std::shared_ptr<const Deletions> deletions_;
};

}  // namespace eyrie::query
