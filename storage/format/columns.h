// Columns: a batch of rows, column by column. What the log, binlogs and growing segments hold.
//
// Columns are sorted by field id, each field at most once, all with the same number of rows.
// validate() says so; the other functions need it to hold. Numbers keep their exact bits, so a
// vector comes back byte for byte. Field ids below kUserFieldFirst are the system's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/status.h"
#include "storage/format/primary_key.h"
#include "storage/format/types.h"

namespace eyrie::storage {

inline constexpr FieldId kUserFieldFirst{100};  // as in Milvus
inline constexpr std::int32_t kDimensionMax = 32'768;

// The numbers are Milvus's and are stored.
enum class FieldType : std::uint8_t {
  boolean = 1,
  int8 = 2,
  int16 = 3,
  int32 = 4,
  int64 = 5,
  float32 = 10,
  float64 = 11,
  varchar = 21,
  float_vector = 101,
};
std::string_view name_of(FieldType type);

using Booleans = std::vector<std::uint8_t>;  // 0 or 1

// n x dimension, row by row.
struct FloatVectors {
  std::int32_t dimension = 0;
  std::vector<float> values;

  friend bool operator==(const FloatVectors&, const FloatVectors&) = default;
};

using ColumnValues =
    std::variant<Booleans, std::vector<std::int8_t>, std::vector<std::int16_t>,
                 std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<float>,
                 std::vector<double>, std::vector<std::string>, FloatVectors>;

struct Column {
  FieldId field;
  ColumnValues values;

  FieldType type() const;
  std::size_t rows() const;

  friend bool operator==(const Column&, const Column&) = default;
};

struct Columns {
  std::vector<Column> columns;

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().rows(); }
  // Null if there is no such column.
  const Column* find(FieldId field) const;
  std::size_t memory_bytes() const;

  friend bool operator==(const Columns&, const Columns&) = default;
};

// invalid_argument, naming the field, if the batch is not what the comment above says.
Status validate(const Columns& batch);

// Adds the rows of `from` behind those of `to`. A batch without columns is one that found nothing
// to tell the shape from: such a `to` becomes a copy, such a `from` adds nothing.
// invalid_argument, with `to` unchanged, if fields, types or dimensions differ.
Status append_rows(Columns& to, const Columns& from);

// The rows with these numbers, in this order; each < rows() of the batch.
Columns select_rows(const Columns& batch, std::span<const std::uint32_t> rows);

// A row of one of several batches; row < batch->rows(), the batch outlives the call.
struct RowOf {
  const Columns* batch = nullptr;
  std::uint32_t row = 0;
};
// These rows, in this order, with the fields in `fields` (all of them if it is not given); of no
// row, no column. invalid_argument if the batches differ in those fields, their types or
// dimensions.
Result<Columns> gather_rows(std::span<const RowOf> rows,
                            std::optional<std::span<const FieldId>> fields = std::nullopt);

// The keys of all rows, in order. invalid_argument: the field is absent or neither Int64 nor
// VarChar.
Result<PrimaryKeys> keys_of(const Columns& batch, FieldId field);

}  // namespace eyrie::storage
