// Columns as the internal messages carry them: one encoded storage/format message.
#pragma once

#include "nodes/wire/schema.h"
#include "runtime/bytes.h"
#include "storage/format/columns.h"

namespace eyrie::wire {

// invalid_argument: more than any message holds.
Result<Bytes> encode_columns(const storage::Columns& columns);
// invalid_argument, for a peer sent them; what comes back is valid.
Result<storage::Columns> decode_columns(BytesView bytes);

// Whether the column holds values of the field: its type, and a vector's dimension.
bool fits(const storage::Column& column, const FieldInfo& field);

// Keys as Columns with that one column.
storage::Columns columns_of_keys(storage::FieldId field, const storage::PrimaryKeys& keys);

}  // namespace eyrie::wire
