// GrowingSegment: rows of a segment that are not yet served from a sealed copy.
//
// Rows are appended record by record and never change or move, so an offloaded search shares them:
// vectors live in chunks of fixed capacity, and a view taken of a chunk stays true while later rows
// are added behind it. Everything else is read on the component's executor alone. A row is visible
// at T if its timestamp <= T < deleted_at (D1).
//
// Shapes: rows are numbered from 0 in the order of their records; a chunk's vectors are a matrix
// of rows x dimension. All records of a segment have the same fields, types and dimensions.
// Errors: append says invalid_argument for columns that do not fit; nothing is changed then.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <tuple>
#include <vector>

#include "index/kernels.h"
#include "index/views.h"
#include "nodes/streaming/types.h"
#include "storage/format/binlog.h"

namespace eyrie::streaming {

// Fields with types and dimensions. Two batches of one shape can be put together.
using Shape = std::vector<std::tuple<FieldId, storage::FieldType, std::int32_t>>;
Shape shape_of(const Columns& columns);

// Some rows' vectors of one field. Filled from one executor; what a view showed stays in place.
struct VectorChunk {
  static constexpr std::uint32_t kCapacity = 256;

  explicit VectorChunk(std::uint32_t dimension);

  index::Matrix vectors;
  std::vector<float> inverse_norms;  // one a row
};

// A part of a segment's vectors as they were at one moment.
struct VectorView {
  std::shared_ptr<const VectorChunk> owner;
  std::uint32_t first_row = 0;
  index::MatrixView matrix;
};

class GrowingSegment {
 public:
  GrowingSegment(SegmentId id, FieldId key_field, const index::Kernels& kernels)
      : id_(id), key_field_(key_field), kernels_(&kernels) {}

  // `place` rises from call to call.
  Status append(Place place, const Columns& rows);
  // Rows of the key with a lower timestamp are deleted at `at` (D1); repeating it is harmless.
  void remove(const PrimaryKey& key, Timestamp at);

  SegmentId id() const { return id_; }
  FieldId key_field() const { return key_field_; }
  std::uint32_t rows() const { return static_cast<std::uint32_t>(timestamps_.size()); }
  std::size_t memory_bytes() const { return memory_bytes_; }
  // Of the first and the last record; meaningless without rows.
  Place first() const { return first_; }
  Place last() const { return last_; }
  Timestamp timestamp(std::uint32_t row) const { return timestamps_[row]; }
  PrimaryKey key(std::uint32_t row) const;

  // Which of rows [first, first + count) are visible.
  index::Bitset visible_rows(Timestamp at, std::uint32_t first, std::uint32_t count) const;
  bool visible(std::uint32_t row, Timestamp at) const {
    return timestamps_[row] <= at && at < deleted_at_[row];
  }
  // Rising; empty if the key is not here.
  std::span<const std::uint32_t> rows_of(const PrimaryKey& key) const;
  // Empty if the segment has no vectors under that field.
  std::vector<VectorView> vectors(FieldId field) const;
  // The fields that exist here of those asked for, of these rows in this order.
  Columns select(std::span<const std::uint32_t> rows, std::span<const FieldId> fields) const;
  // Every row, deleted or not.
  storage::Binlog to_binlog(CollectionId collection) const;

 private:
  struct VectorField {
    std::uint32_t dimension = 0;
    std::vector<std::shared_ptr<VectorChunk>> chunks;
  };

  void append_vectors(VectorField& field, const storage::FloatVectors& rows);
  storage::FloatVectors select_vectors(const VectorField& field,
                                       std::span<const std::uint32_t> rows) const;

  SegmentId id_;
  FieldId key_field_;
  const index::Kernels* kernels_;
  Shape shape_;
  Place first_;
  Place last_;
  std::size_t memory_bytes_ = 0;
  std::vector<Timestamp> timestamps_;
  std::vector<Timestamp> deleted_at_;
  Columns scalars_;  // all fields but vectors
  std::map<FieldId, VectorField> vectors_;
  std::map<PrimaryKey, std::vector<std::uint32_t>> rows_by_key_;
};

}  // namespace eyrie::streaming
