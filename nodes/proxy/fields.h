// Milvus's field data to columns and back.
#pragma once

#include <span>

#include <google/protobuf/repeated_ptr_field.h>

#include "nodes/proto/milvus/schema.pb.h"
#include "nodes/wire/schema.h"
#include "storage/format/columns.h"

namespace eyrie::proxy {

using FieldDataList = google::protobuf::RepeatedPtrField<milvus::proto::schema::FieldData>;

// Every field of the schema, once, with `rows` values of its type; invalid_argument in Milvus's
// words otherwise.
// Numbers must be finite, texts at most as long as the schema says.
Result<storage::Columns> columns_from_fields(const wire::Schema& schema,
                                             const FieldDataList& fields, std::size_t rows);

// The named fields of the columns, in the order of the schema; the key always.
void fields_from_columns(const wire::Schema& schema, const storage::Columns& columns,
                         FieldDataList& out);

// invalid_argument in Milvus's words if one of them is NaN or infinite.
Status check_finite(std::span<const float> values, const std::string& field);

// Keys as Milvus's ids.
void ids_from_keys(const storage::PrimaryKeys& keys, milvus::proto::schema::IDs& out);

}  // namespace eyrie::proxy
