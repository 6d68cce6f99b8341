#include "nodes/query/segment_copy.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/plant.h"

namespace eyrie::query {

namespace {

constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::max()};

}  // namespace

Result<SegmentDataRef> make_segment_data(const index::Kernels& kernels, storage::Binlog binlog,
                                         storage::FieldId key_field, storage::FieldId vector_field,
                                         std::optional<index::HnswIndex> graph) {
  auto data = std::make_shared<SegmentData>();
  data->columns = std::move(binlog.columns);
  data->timestamps = std::move(binlog.timestamps);
  data->key_field = key_field;
  data->vector_field = vector_field;
  const storage::Column* column = data->columns.find(vector_field);
  const auto* vectors =
      column != nullptr ? std::get_if<storage::FloatVectors>(&column->values) : nullptr;
  if (vectors == nullptr) return fail(Code::data_loss, "a segment lacks its vector field");
  const auto dimension = static_cast<std::uint32_t>(vectors->dimension);
  data->vectors = index::Matrix(dimension);
  data->vectors.reserve(data->rows());
  for (std::uint32_t row = 0; row < data->rows(); ++row) {
    data->vectors.add_row(
        std::span(vectors->values).subspan(std::size_t{row} * dimension, dimension));
  }
  data->inverse_norms = index::inverse_norms(kernels, data->vectors.view());
  const bool fits = !graph || (graph->rows() == data->rows() && graph->dimension() == dimension);
  if (!fits) return fail(Code::data_loss, "an index is not that of its segment");
  data->graph = std::move(graph);
  return data;
}

SegmentCopy::SegmentCopy(SegmentDataRef data)
    : data_(std::move(data)), deleted_at_(data_->rows(), kNever) {
  const auto keys = storage::keys_of(data_->columns, data_->key_field);
  for (std::uint32_t row = 0; keys && row < data_->rows(); ++row) {
    rows_by_key_[keys->at(row)].push_back(row);
  }
}

void SegmentCopy::remove(const PrimaryKey& key, Timestamp at) {
  const auto found = rows_by_key_.find(key);
  if (found == rows_by_key_.end()) return;
  for (const std::uint32_t row : found->second) {
    const Timestamp written = data_->timestamps[row];
    const bool older = EYRIE_PLANT(replayed_delete_kills_reinsert, written < at, written != at);
    if (older) deleted_at_[row] = std::min(deleted_at_[row], at);  // D1
  }
}

index::Bitset SegmentCopy::visible(Timestamp at) const {
  index::Bitset bits(data_->rows());
  for (std::uint32_t row = 0; row < data_->rows(); ++row) {
    if (visible(row, at)) bits.set(row);
  }
  return bits;
}

void SegmentCopy::find(const PrimaryKey& key, Timestamp at,
                       std::vector<std::uint32_t>& rows) const {
  const auto found = rows_by_key_.find(key);
  if (found == rows_by_key_.end()) return;
  for (const std::uint32_t row : found->second) {
    if (visible(row, at)) rows.push_back(row);
  }
}

}  // namespace eyrie::query
