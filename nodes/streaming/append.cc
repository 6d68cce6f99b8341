#include "nodes/streaming/append.h"

#include <algorithm>
#include <map>
#include <utility>

#include "nodes/wire/columns.h"

namespace eyrie::streaming {

namespace {

// What a record has beside columns and keys: names, ids, the envelope.
constexpr std::size_t kRecordOverheadBytes = 4096;

std::unexpected<Status> invalid(std::string what) {
  return fail(Code::invalid_argument, std::move(what));
}

// The rows without those whose key comes again, in their order.
Columns keep_last(const Columns& columns, const PrimaryKeys& keys) {
  std::map<PrimaryKey, std::uint32_t> last;
  for (std::uint32_t row = 0; row < keys.size(); ++row) last[keys.at(row)] = row;
  std::vector<std::uint32_t> rows;
  rows.reserve(last.size());
  for (const auto& [key, row] : last) rows.push_back(row);
  std::ranges::sort(rows);
  return rows.size() == keys.size() ? columns : storage::select_rows(columns, rows);
}

Status check_rows(const wire::Schema& schema, const Columns& columns) {
  bool fits = columns.columns.size() == schema.fields.size();
  for (const storage::Column& column : columns.columns) {
    const wire::FieldInfo* field = schema.find(column.field);
    fits = fits && field != nullptr && wire::fits(column, *field);
  }
  if (fits) return {};
  return Status(Code::invalid_argument, "the batch's columns are not the fields of the schema");
}

Result<RecordBody> make_body(const internal::AppendRequest& request, const wire::Schema& schema,
                             Columns columns) {
  const CollectionId collection(request.collection_id());
  const KeySchema key{schema.key().id, schema.key().type};
  EYRIE_TRY(PrimaryKeys keys, storage::keys_of(columns, key.field));
  EYRIE_RETURN_IF_ERROR(check_keys(key, keys));
  if (request.kind() == internal::APPEND_DELETE) {
    if (columns.columns.size() != 1) return invalid("a delete has the keys and nothing else");
    return storage::DeleteRecord{collection, {}, request.virtual_channel(), std::move(keys)};
  }
  EYRIE_RETURN_IF_ERROR(check_rows(schema, columns));
  storage::InsertRecord insert{collection, kOnlyPartition, {}, request.virtual_channel(), {}};
  if (request.kind() == internal::APPEND_INSERT) {
    insert.columns = std::move(columns);
    return insert;
  }
  if (request.kind() != internal::APPEND_UPSERT) return invalid("the kind of append is unknown");
  insert.columns = keep_last(columns, keys);
  EYRIE_TRY(PrimaryKeys deleted, storage::keys_of(insert.columns, key.field));
  return storage::UpsertRecord{std::move(insert), std::move(deleted)};
}

}  // namespace

Result<PreparedAppend> prepare_append(const internal::AppendRequest& request,
                                      const wire::Schema& schema) {
  // An upsert carries its keys twice.
  const std::size_t bytes = request.columns().size() * 2 + kRecordOverheadBytes;
  if (bytes > storage::kWalRecordBytesMax) {
    return invalid("the batch is too large for one record; send fewer rows at a time");
  }
  EYRIE_TRY(Columns columns, wire::decode_columns(request.columns()));
  if (columns.rows() == 0) return invalid("the batch has no rows");
  EYRIE_TRY(RecordBody body, make_body(request, schema, std::move(columns)));
  return PreparedAppend{std::move(body), bytes};
}

}  // namespace eyrie::streaming
