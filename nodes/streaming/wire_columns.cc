#include "nodes/streaming/wire_columns.h"

#include <utility>
#include <variant>

#include "storage/format/columns_codec.h"
#include "storage/format/encode.h"

namespace eyrie::streaming {

Bytes encode_columns(const storage::Columns& columns) {
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

storage::Columns columns_of_keys(storage::FieldId field, const storage::PrimaryKeys& keys) {
  storage::Columns columns;
  std::visit([&](const auto& values) { columns.columns.push_back({field, values}); }, keys.values);
  return columns;
}

}  // namespace eyrie::streaming
