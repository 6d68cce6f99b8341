// SegmentCopy: a sealed segment in memory: its rows, which of them are deleted since when, and its
// graph if it has one.
//
// What never changes after loading (rows, vectors, a graph) is shared with searches that run
// elsewhere; what changes (deletes, which graph it is) is read on the node's executor alone. A
// search keeps the graph that it began with. A row is visible at T if its timestamp <= T <
// deleted_at (D1).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "index/hnsw.h"
#include "index/kernels.h"
#include "index/views.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"

namespace eyrie::query {

using storage::PrimaryKey;
using storage::Timestamp;

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
  // Those of the key, in ascending order.
  std::span<const std::uint32_t> rows_of(const PrimaryKey& key) const;
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

class SegmentCopy {
 public:
  explicit SegmentCopy(SegmentDataRef data);

  const SegmentDataRef& data() const { return data_; }
  const SegmentIndex& index() const { return index_; }
  // Searches that begin from now on use it. data_loss if it is of other rows.
  Status attach(SegmentIndex index);
  // Rows of the key with a lower timestamp are deleted at `at`; repeating it is harmless (D1).
  void remove(const PrimaryKey& key, Timestamp at);
  bool visible(std::uint32_t row, Timestamp at) const {
    return data_->timestamps[row] <= at && at < deleted_at_[row];
  }
  index::Bitset visible(Timestamp at) const;
  // Visible rows of the key.
  void find(const PrimaryKey& key, Timestamp at, std::vector<std::uint32_t>& rows) const;

 private:
  SegmentDataRef data_;
  SegmentIndex index_;
  std::vector<Timestamp> deleted_at_;
};

}  // namespace eyrie::query
