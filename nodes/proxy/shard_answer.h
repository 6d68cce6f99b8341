// What a shard answers to a search or a query is checked before it is used: whatever is wrong with
// it is no mistake of the caller.
#pragma once

#include <string>

#include <google/protobuf/repeated_field.h>

#include "nodes/proxy/guarantee.h"
#include "nodes/wire/columns.h"
#include "nodes/wire/schema.h"

namespace eyrie::proxy {

// internal, naming the shard.
Status malformed_answer(const std::string& shard, const std::string& what);

// Whether the rows have the key and the fields that were asked for besides, and nothing else, as
// the schema has them. Without a column they are none at all, which fits.
bool fits_question(const storage::Columns& rows, const wire::Schema& schema,
                   const google::protobuf::RepeatedField<std::int64_t>& output_fields);

// The rows of that shard's answer, decoded. internal: it was read before the timestamp that was
// promised (R1) or not exactly at it (R2), its rows are not as many as their timestamps, or they do
// not fit the question.
template <class Answer>
Result<storage::Columns> read_rows(
    const Answer& answer, const std::string& shard, const wire::Schema& schema,
    const google::protobuf::RepeatedField<std::int64_t>& output_fields, const Guarantee& promised) {
  const auto malformed = [&shard](const std::string& what) {
    return fail(malformed_answer(shard, what));
  };
  const std::uint64_t read = answer.read_timestamp();
  if (read < promised.timestamp || (promised.exact && read != promised.timestamp)) {
    return malformed("it was read at " + std::to_string(read) + ", and " +
                     std::to_string(promised.timestamp) + " was promised");
  }
  Result<storage::Columns> rows = wire::decode_columns(answer.rows());
  if (!rows) return malformed(rows.error().message());
  if (rows->rows() != static_cast<std::size_t>(answer.timestamps_size())) {
    return malformed("its rows are not as many as their timestamps");
  }
  if (!fits_question(*rows, schema, output_fields)) {
    return malformed("its columns are not the key and the fields that were asked for");
  }
  return rows;
}

}  // namespace eyrie::proxy
