#include "nodes/streaming/growing_segment.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <variant>

namespace eyrie::streaming {

namespace {

// What a row costs beside its columns: two timestamps and its place in the map of keys.
constexpr std::size_t kRowOverheadBytes = 96;

}  // namespace

Shape shape_of(const Columns& columns) {
  Shape shape;
  shape.reserve(columns.columns.size());
  for (const storage::Column& column : columns.columns) {
    const auto* vectors = std::get_if<storage::FloatVectors>(&column.values);
    shape.emplace_back(column.field, column.type(), vectors != nullptr ? vectors->dimension : 0);
  }
  return shape;
}

VectorChunk::VectorChunk(std::uint32_t dimension) : vectors(dimension) {
  vectors.reserve(kCapacity);
  inverse_norms.reserve(kCapacity);
}

Status GrowingSegment::append(Place place, const Columns& rows) {
  EYRIE_RETURN_IF_ERROR(storage::validate(rows));
  Shape shape = shape_of(rows);
  if (!shape_.empty() && shape != shape_) {
    return Status(Code::invalid_argument,
                  "segment " + to_string(id_) + " has rows of other fields, types or dimensions");
  }
  EYRIE_TRY(const PrimaryKeys keys, storage::keys_of(rows, key_field_));
  if (timestamps_.empty()) first_ = place;
  last_ = place;
  shape_ = std::move(shape);
  Columns scalars;
  for (const storage::Column& column : rows.columns) {
    if (const auto* vectors = std::get_if<storage::FloatVectors>(&column.values)) {
      VectorField& field = vectors_[column.field];
      field.dimension = static_cast<std::uint32_t>(vectors->dimension);
      append_vectors(field, *vectors);
    } else {
      scalars.columns.push_back(column);
    }
  }
  EYRIE_CHECK(storage::append_rows(scalars_, scalars).ok(), "columns of one shape fit together");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    rows_by_key_[keys.at(i)].push_back(this->rows());
    timestamps_.push_back(place.timestamp);
    deleted_at_.push_back(kTimestampNever);
  }
  memory_bytes_ += rows.memory_bytes() + keys.size() * kRowOverheadBytes;
  return {};
}

void GrowingSegment::append_vectors(VectorField& field, const storage::FloatVectors& rows) {
  const std::size_t dimension = field.dimension;
  for (std::size_t at = 0; at < rows.values.size(); at += dimension) {
    if (field.chunks.empty() || field.chunks.back()->vectors.rows() == VectorChunk::kCapacity) {
      field.chunks.push_back(std::make_shared<VectorChunk>(field.dimension));
    }
    const std::span<const float> vector(rows.values.data() + at, dimension);
    VectorChunk& chunk = *field.chunks.back();
    chunk.vectors.add_row(vector);
    chunk.inverse_norms.push_back(index::inverse_norm(*kernels_, vector));
  }
}

void GrowingSegment::remove(const PrimaryKey& key, Timestamp at) {
  for (const std::uint32_t row : rows_of(key)) {
    const bool older = timestamps_[row] < at;
    if (older) deleted_at_[row] = std::min(deleted_at_[row], at);
  }
}

PrimaryKey GrowingSegment::key(std::uint32_t row) const {
  const storage::Column* column = scalars_.find(key_field_);
  EYRIE_CHECK(column != nullptr, "append() took no rows without keys");
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&column->values)) {
    return PrimaryKey((*numbers)[row]);
  }
  return PrimaryKey(std::get<std::vector<std::string>>(column->values)[row]);
}

index::Bitset GrowingSegment::visible_rows(Timestamp at, std::uint32_t first,
                                           std::uint32_t count) const {
  index::Bitset bits(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (visible(first + i, at)) bits.set(i);
  }
  return bits;
}

std::span<const std::uint32_t> GrowingSegment::rows_of(const PrimaryKey& key) const {
  const auto found = rows_by_key_.find(key);
  if (found == rows_by_key_.end()) return {};
  return found->second;
}

std::vector<VectorView> GrowingSegment::vectors(FieldId field) const {
  std::vector<VectorView> views;
  const auto found = vectors_.find(field);
  if (found == vectors_.end()) return views;
  std::uint32_t first_row = 0;
  for (const std::shared_ptr<VectorChunk>& chunk : found->second.chunks) {
    views.push_back({chunk, first_row, chunk->vectors.view(chunk->inverse_norms.data())});
    first_row += chunk->vectors.rows();
  }
  return views;
}

storage::FloatVectors GrowingSegment::select_vectors(const VectorField& field,
                                                     std::span<const std::uint32_t> rows) const {
  storage::FloatVectors selected;
  selected.dimension = static_cast<std::int32_t>(field.dimension);
  selected.values.reserve(rows.size() * field.dimension);
  for (const std::uint32_t row : rows) {
    const VectorChunk& chunk = *field.chunks[row / VectorChunk::kCapacity];
    const float* vector = chunk.vectors.view().row(row % VectorChunk::kCapacity);
    selected.values.insert(selected.values.end(), vector, vector + field.dimension);
  }
  return selected;
}

Columns GrowingSegment::select(std::span<const std::uint32_t> rows,
                               std::span<const FieldId> fields) const {
  Columns wanted = storage::select_rows(scalars_, rows);
  std::erase_if(wanted.columns, [&](const storage::Column& column) {
    return std::ranges::find(fields, column.field) == fields.end();
  });
  for (const auto& [id, field] : vectors_) {
    if (std::ranges::find(fields, id) == fields.end()) continue;
    wanted.columns.push_back({id, select_vectors(field, rows)});
  }
  std::ranges::sort(wanted.columns, {}, &storage::Column::field);
  return wanted;
}

storage::Binlog GrowingSegment::to_binlog(CollectionId collection) const {
  std::vector<std::uint32_t> all(rows());
  std::iota(all.begin(), all.end(), 0);
  storage::Binlog binlog;
  binlog.place = {collection, kOnlyPartition, id_};
  binlog.timestamps = timestamps_;
  binlog.columns = scalars_;
  for (const auto& [id, field] : vectors_) {
    binlog.columns.columns.push_back({id, select_vectors(field, all)});
  }
  std::ranges::sort(binlog.columns.columns, {}, &storage::Column::field);
  return binlog;
}

}  // namespace eyrie::streaming
