#include "storage/format/columns.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "runtime/check.h"

namespace eyrie::storage {

namespace {

// In the order of ColumnValues.
constexpr std::array kTypes{FieldType::boolean, FieldType::int8,    FieldType::int16,
                            FieldType::int32,   FieldType::int64,   FieldType::float32,
                            FieldType::float64, FieldType::varchar, FieldType::float_vector};
static_assert(kTypes.size() == std::variant_size_v<ColumnValues>);

template <class Values>
constexpr bool is_vectors = std::is_same_v<Values, FloatVectors>;
template <class Values>
constexpr bool is_texts = std::is_same_v<Values, std::vector<std::string>>;

std::unexpected<Status> invalid(FieldId field, std::string_view what) {
  return fail(Code::invalid_argument, "field " + to_string(field) + ": " + std::string(what));
}

Status validate_column(const Column& column) {
  if (!column.field.valid()) return invalid(column.field, "is not a field id").error();
  if (const auto* vectors = std::get_if<FloatVectors>(&column.values)) {
    if (vectors->dimension < 1 || vectors->dimension > kDimensionMax) {
      return invalid(column.field, "the dimension is out of range").error();
    }
    if (vectors->values.size() % static_cast<std::size_t>(vectors->dimension) != 0) {
      return invalid(column.field, "the last vector is incomplete").error();
    }
  }
  if (const auto* booleans = std::get_if<Booleans>(&column.values)) {
    if (std::ranges::any_of(*booleans, [](std::uint8_t value) { return value > 1; })) {
      return invalid(column.field, "a boolean is neither 0 nor 1").error();
    }
  }
  return {};
}

bool same_shape(const Column& a, const Column& b) {
  if (a.field != b.field || a.values.index() != b.values.index()) return false;
  const auto* vectors = std::get_if<FloatVectors>(&a.values);
  return vectors == nullptr || vectors->dimension == std::get<FloatVectors>(b.values).dimension;
}

Status differ() {
  return Status(Code::invalid_argument, "the batches differ in fields, types or dimensions");
}

template <class Item>
void append_items(std::vector<Item>& to, const std::vector<Item>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// Copies rows [begin, end) of `from` behind those of `to`, which has the same type.
template <class Values>
void append_range(Values& to, const Values& from, std::size_t begin, std::size_t end) {
  if constexpr (is_vectors<Values>) {
    const auto width = static_cast<std::size_t>(from.dimension);
    to.dimension = from.dimension;
    const float* first = from.values.data();
    to.values.insert(to.values.end(), first + begin * width, first + end * width);
  } else {
    const auto* first = from.data();
    to.insert(to.end(), first + begin, first + end);
  }
}

template <class Values>
void reserve_rows(Values& values, const Values& like, std::size_t rows) {
  if constexpr (is_vectors<Values>) {
    values.values.reserve(rows * static_cast<std::size_t>(like.dimension));
    values.dimension = like.dimension;
  } else {
    values.reserve(rows);
  }
}

// The values of these rows in the column of the same field; `like` is that of the first row.
Result<Column> gather_column(std::span<const RowOf> rows, const Column& like) {
  return std::visit(
      [&](const auto& shape) -> Result<Column> {
        using Values = std::decay_t<decltype(shape)>;
        Values picked;
        reserve_rows(picked, shape, rows.size());
        const Columns* batch = nullptr;
        const Column* column = nullptr;
        for (const RowOf& row : rows) {
          if (row.batch != batch) {
            batch = row.batch;
            column = batch->find(like.field);
            if (column == nullptr || !same_shape(*column, like)) return fail(differ());
          }
          append_range(picked, std::get<Values>(column->values), row.row, row.row + 1u);
        }
        return Column{like.field, std::move(picked)};
      },
      like.values);
}

}  // namespace

std::string_view name_of(FieldType type) {
  switch (type) {
    case FieldType::boolean:
      return "boolean";
    case FieldType::int8:
      return "int8";
    case FieldType::int16:
      return "int16";
    case FieldType::int32:
      return "int32";
    case FieldType::int64:
      return "int64";
    case FieldType::float32:
      return "float32";
    case FieldType::float64:
      return "float64";
    case FieldType::varchar:
      return "varchar";
    case FieldType::float_vector:
      return "float_vector";
  }
  return "unknown";
}

FieldType Column::type() const {
  return kTypes[values.index()];
}

std::size_t Column::rows() const {
  return std::visit(
      [](const auto& items) -> std::size_t {
        if constexpr (is_vectors<std::decay_t<decltype(items)>>) {
          if (items.dimension <= 0) return 0;
          return items.values.size() / static_cast<std::size_t>(items.dimension);
        } else {
          return items.size();
        }
      },
      values);
}

const Column* Columns::find(FieldId field) const {
  const auto at = std::ranges::lower_bound(columns, field, {}, &Column::field);
  return at != columns.end() && at->field == field ? &*at : nullptr;
}

std::size_t Columns::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Column& column : columns) {
    bytes += std::visit(
        [](const auto& items) -> std::size_t {
          using Values = std::decay_t<decltype(items)>;
          if constexpr (is_vectors<Values>) {
            return items.values.size() * sizeof(float);
          } else if constexpr (is_texts<Values>) {
            std::size_t sum = items.size() * sizeof(std::string);
            for (const std::string& text : items) sum += text.size();
            return sum;
          } else {
            return items.size() * sizeof(typename Values::value_type);
          }
        },
        column.values);
  }
  return bytes;
}

Status validate(const Columns& batch) {
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    const Column& column = batch.columns[i];
    if (i > 0 && column.field <= batch.columns[i - 1].field) {
      return invalid(column.field, "columns are not in the order of their field ids").error();
    }
    EYRIE_RETURN_IF_ERROR(validate_column(column));
    if (column.rows() != batch.rows()) {
      return invalid(column.field, "has " + std::to_string(column.rows()) + " rows, others have " +
                                       std::to_string(batch.rows()))
          .error();
    }
  }
  return {};
}

Status append_rows(Columns& to, const Columns& from) {
  if (to.columns.empty()) {
    to = from;
    return {};
  }
  if (from.columns.empty()) return {};
  if (!std::ranges::equal(to.columns, from.columns, same_shape)) {
    return differ();
  }
  for (std::size_t i = 0; i < to.columns.size(); ++i) {
    std::visit(
        [&](auto& items) {
          using Values = std::decay_t<decltype(items)>;
          const auto& more = std::get<Values>(from.columns[i].values);
          if constexpr (is_vectors<Values>) {
            append_items(items.values, more.values);
          } else {
            append_items(items, more);
          }
        },
        to.columns[i].values);
  }
  return {};
}

Columns select_rows(const Columns& batch, std::span<const std::uint32_t> rows) {
  const std::size_t count = batch.rows();
  for (const std::uint32_t row : rows) EYRIE_CHECK(row < count, "a row that is not in the batch");
  Columns selected;
  selected.columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) {
    selected.columns.push_back(std::visit(
        [&](const auto& items) {
          std::decay_t<decltype(items)> picked;
          reserve_rows(picked, items, rows.size());
          for (const std::uint32_t row : rows) append_range(picked, items, row, row + 1u);
          return Column{column.field, std::move(picked)};
        },
        column.values));
  }
  return selected;
}

Result<Columns> gather_rows(std::span<const RowOf> rows,
                            std::optional<std::span<const FieldId>> fields) {
  Columns gathered;
  if (rows.empty()) return gathered;
  const Columns& first = *rows.front().batch;
  const Columns* same = &first;
  for (const auto& [batch, row] : rows) {
    EYRIE_CHECK(row < batch->rows(), "a row that is not in the batch");
    const bool all = fields || batch == same || batch->columns.size() == first.columns.size();
    if (!all) return fail(differ());
    same = batch;
  }
  gathered.columns.reserve(first.columns.size());
  for (const Column& column : first.columns) {
    if (fields && std::ranges::find(*fields, column.field) == fields->end()) continue;
    EYRIE_TRY(Column picked, gather_column(rows, column));
    gathered.columns.push_back(std::move(picked));
  }
  return gathered;
}

Result<PrimaryKeys> keys_of(const Columns& batch, FieldId field) {
  const Column* column = batch.find(field);
  if (column == nullptr) return invalid(field, "the batch has no such key column");
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&column->values)) {
    return PrimaryKeys(*numbers);
  }
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column->values)) {
    return PrimaryKeys(*texts);
  }
  return invalid(field, "a key is int64 or varchar, not " + std::string(name_of(column->type())));
}

}  // namespace eyrie::storage
