#include "nodes/proxy/shard_answer.h"

#include <set>

namespace eyrie::proxy {

Status malformed_answer(const std::string& shard, const std::string& what) {
  return Status(Code::internal, "the answer of shard " + shard + ": " + what);
}

bool fits_question(const storage::Columns& rows, const wire::Schema& schema,
                   const google::protobuf::RepeatedField<std::int64_t>& output_fields) {
  if (rows.columns.empty()) return true;
  std::set<storage::FieldId> missing = {schema.key().id};
  for (const std::int64_t id : output_fields) missing.emplace(id);
  for (const storage::Column& column : rows.columns) {
    const wire::FieldInfo* field = schema.find(column.field);
    const bool asked = missing.erase(column.field) == 1;
    if (!asked || field == nullptr || !wire::fits(column, *field)) return false;
  }
  return missing.empty();
}

}  // namespace eyrie::proxy
