#include "nodes/query/segment_copy.h"

#include <algorithm>
#include <compare>
#include <numeric>
#include <utility>
#include <variant>

#include "runtime/check.h"
#include "runtime/plant.h"

namespace eyrie::query {

namespace {

// Calls visit(keys) with the column's dense keys, std::int64_t or std::string; data_loss if the
// field holds no keys.
template <typename Visit>
Status visit_keys(const storage::Columns& columns, storage::FieldId field, Visit visit) {
  const storage::Column* column = columns.find(field);
  if (column == nullptr) return Status(Code::data_loss, "a segment lacks its keys");
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&column->values)) {
    visit(*numbers);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&column->values)) {
    visit(*texts);
  } else {
    return Status(Code::data_loss, "a segment's keys are neither integers nor texts");
  }
  return {};
}

Status order_by_key(SegmentData& data) {
  data.by_key.resize(data.rows());
  std::iota(data.by_key.begin(), data.by_key.end(), 0);
  return visit_keys(data.columns, data.key_field, [&data](const auto& keys) {
    std::ranges::sort(data.by_key, [&keys](std::uint32_t a, std::uint32_t b) {
      const auto order = keys[a] <=> keys[b];
      return order != 0 ? order < 0 : a < b;
    });
  });
}

// Calls visit(i, row) for each row of each key i, in order; rows of a key in ascending order.
template <typename Visit>
void visit_rows(const SegmentData& data, const PrimaryKeys& keys, Visit visit) {
  const auto find = [&]<typename Held>(const Held& held) {
    const auto* wanted = std::get_if<Held>(&keys.values);
    if (wanted == nullptr) return;
    const auto key_of = [&held](std::uint32_t row) -> const auto& { return held[row]; };
    for (std::size_t i = 0; i < wanted->size(); ++i) {
      const auto rows = std::ranges::equal_range(data.by_key, (*wanted)[i], {}, key_of);
      for (const std::uint32_t row : rows) visit(i, row);
    }
  };
  const Status read = visit_keys(data.columns, data.key_field, find);
  EYRIE_CHECK(read.ok() || data.rows() == 0, "make_segment_data() lets no other segment in");
}

}  // namespace

std::vector<Deletion> SegmentData::struck_by(const PrimaryKeys& keys,
                                             std::span<const Timestamp> at) const {
  std::vector<Deletion> struck;
  visit_rows(*this, keys, [&](std::size_t i, std::uint32_t row) {
    const Timestamp written = timestamps[row];
    const bool older =
        EYRIE_PLANT(replayed_delete_kills_reinsert, written < at[i], written != at[i]);
    if (older) struck.push_back({row, at[i]});  // D1
  });
  return struck;
}

Result<SegmentDataRef> make_segment_data(const index::Kernels& kernels, storage::Binlog binlog,
                                         storage::FieldId key_field,
                                         storage::FieldId vector_field) {
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
  EYRIE_RETURN_IF_ERROR(order_by_key(*data));
  return data;
}

index::Bitset SegmentView::visible_rows() const {
  index::Bitset bits(data->rows());
  for (std::uint32_t row = 0; row < data->rows(); ++row) {
    if (visible(row)) bits.set(row);
  }
  return bits;
}

std::vector<std::uint32_t> SegmentView::find(const PrimaryKeys& keys) const {
  std::vector<std::uint32_t> found;
  visit_rows(*data, keys, [&](std::size_t, std::uint32_t row) {
    if (visible(row)) found.push_back(row);
  });
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

SegmentCopy::SegmentCopy(SegmentDataRef data)
    : data_(std::move(data)), deletions_(std::make_shared<const Deletions>()) {}

Status SegmentCopy::attach(SegmentIndex index) {
  const bool fits = index.graph->rows() == data_->rows() &&
                    index.graph->dimension() == data_->vectors.view().dimension;
  if (!fits) return Status(Code::data_loss, "an index is not that of its segment");
  index_ = std::move(index);
  return {};
}

void SegmentCopy::remove(std::vector<Deletion> deletions) {
  if (deletions.empty()) return;
  deletions_ = std::make_shared<const Deletions>(deletions_->with(std::move(deletions)));
}

}  // namespace eyrie::query
