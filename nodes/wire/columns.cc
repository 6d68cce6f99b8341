#include "nodes/wire/columns.h"

#include <utility>
#include <variant>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"

namespace eyrie::wire {

namespace {

// In memory, where they are at most some times as large as encoded: beyond it, no message holds
// them.
constexpr std::size_t kColumnsBytesMax = std::size_t{1} << 30;

}  // namespace

Result<Bytes> encode_columns(const storage::Columns& columns) {
  if (columns.memory_bytes() > kColumnsBytesMax) {
    return fail(Code::invalid_argument, "rows of " + std::to_string(columns.memory_bytes()) +
                                            " bytes are above the limit of a message; ask for "
                                            "fewer at a time");
  }
  storage::proto::Columns message;
  storage::write_columns(columns, message);
  return storage::encode(message);
}

Result<storage::Columns> decode_columns(BytesView bytes) {
  const auto read = [&]() -> Result<storage::Columns> {
    EYRIE_TRY(const auto message, storage::decode<storage::proto::Columns>(bytes, "columns"));
    return storage::read_columns(message);
  };
  Result<storage::Columns> columns = read();
  if (columns) return columns;
  return fail(Code::invalid_argument, columns.error().message());
}

bool fits(const storage::Column& column, const FieldInfo& field) {
  const auto* vectors = std::get_if<storage::FloatVectors>(&column.values);
  return column.type() == field.type &&
         (vectors == nullptr || vectors->dimension == field.dimension);
}

storage::Columns columns_of_keys(storage::FieldId field, const storage::PrimaryKeys& keys) {
  storage::Columns columns;
  std::visit([&](const auto& values) { columns.columns.push_back({field, values}); }, keys.values);
  return columns;
}

}  // namespace eyrie::wire
