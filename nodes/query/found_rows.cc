#include "nodes/query/found_rows.h"

#include "nodes/wire/columns.h"

namespace eyrie::query {

Result<Bytes> FoundRows::encode(std::vector<storage::FieldId> fields) const {
  fields.push_back(key_field_);
  EYRIE_TRY(const storage::Columns columns, storage::gather_rows(rows_, fields));
  return wire::encode_columns(columns);
}

std::vector<storage::FieldId> read_fields(
    const google::protobuf::RepeatedField<std::int64_t>& output_fields) {
  std::vector<storage::FieldId> fields;
  for (const std::int64_t field : output_fields) fields.emplace_back(field);
  return fields;
}

}  // namespace eyrie::query
