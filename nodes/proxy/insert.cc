// Insert, upsert and delete: rows are grouped by the shard of their key, each group is appended to
// its channel's log by the channel's owner, and every row gets an outcome of its own (D2).
#include <algorithm>
#include <map>
#include <utility>

#include "nodes/proxy/fields.h"
#include "nodes/proxy/handlers.h"
#include "nodes/proxy/key_expression.h"
#include "nodes/wire/columns.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace {

constexpr std::size_t kAppendBytesMax = 4u << 20;
enum RowState : std::int32_t { kApplied = 0, kNotApplied = 1, kUnknown = 2 };

// Rows of the request that go into one append.
struct Part {
  int shard = 0;
  std::vector<std::uint32_t> rows;
};

// D1: of a key that comes twice in an upsert the last row counts.
std::vector<std::uint32_t> rows_to_write(const storage::PrimaryKeys& keys,
                                         internal::AppendKind kind) {
  std::vector<std::uint32_t> rows;
  std::map<storage::PrimaryKey, std::uint32_t> last;
  for (std::uint32_t row = 0; row < keys.size(); ++row) {
    rows.push_back(row);
    if (kind == internal::APPEND_UPSERT) last[keys.at(row)] = row;
  }
  if (kind == internal::APPEND_UPSERT) {
    std::erase_if(rows, [&](std::uint32_t row) { return last[keys.at(row)] != row; });
  }
  return rows;
}

std::vector<Part> split(const storage::PrimaryKeys& keys, const storage::Columns& columns,
                        internal::AppendKind kind, std::size_t shards) {
  const std::size_t row_bytes = std::max<std::size_t>(columns.memory_bytes() / keys.size(), 1);
  const std::size_t rows_max = std::max<std::size_t>(kAppendBytesMax / row_bytes, 1);
  std::vector<Part> parts;
  std::map<int, std::size_t> open;  // shard: the part that still has room
  for (const std::uint32_t row : rows_to_write(keys, kind)) {
    const int shard = static_cast<int>(shard_of(keys.at(row), shards));
    const auto found = open.find(shard);
    if (found == open.end() || parts[found->second].rows.size() >= rows_max) {
      open[shard] = parts.size();
      parts.push_back({shard, {}});
    }
    parts[open[shard]].rows.push_back(row);
  }
  return parts;
}

void fill_row(pb::RowOutcome& row, const Result<internal::AppendResponse>& answer) {
  if (answer) {
    row.set_state(kApplied);
    row.set_timestamp(answer->timestamp());
  } else {
    const bool unknown = answer.error().category() == Category::unknown_outcome;
    row.set_state(unknown ? kUnknown : kNotApplied);
  }
}

}  // namespace

Task<Result<internal::AppendResponse>> Handlers::append(CollectionRef collection, int shard,
                                                        internal::AppendKind kind,
                                                        storage::Columns columns,
                                                        MonotonicTime deadline) {
  const catalog::VirtualChannel& channel = collection->record.virtual_channels(shard);
  const Bytes encoded = wire::encode_columns(columns);
  const auto make = [&](const internal::Route& route) {
    internal::AppendRequest request;
    request.set_channel(channel.channel());
    request.set_term(route.term());
    request.set_virtual_channel(channel.name());
    request.set_collection_id(collection->record.id());
    request.set_kind(kind);
    request.set_columns(encoded);
    return request;
  };
  Result<internal::AppendResponse> answer = co_await shards_.call<internal::AppendResponse>(
      channel.channel(), "streaming.Append", make, false, deadline);
  if (!answer && answer.error().code() == Code::not_found) {
    metadata_.forget_collection(collection->record.name());
  }
  co_return answer;
}

Task<Result<pb::MutationResult>> Handlers::mutate(CollectionRef collection,
                                                  internal::AppendKind kind,
                                                  storage::Columns columns,
                                                  MonotonicTime deadline) {
  EYRIE_CO_TRY(const storage::PrimaryKeys keys,
               storage::keys_of(columns, collection->schema.key().id));
  const auto shards = static_cast<std::size_t>(collection->record.virtual_channels_size());
  const std::vector<Part> parts = split(keys, columns, kind, shards);
  std::vector<Task<Result<internal::AppendResponse>>> appends;
  for (const Part& part : parts) {
    appends.push_back(
        append(collection, part.shard, kind, storage::select_rows(columns, part.rows), deadline));
  }
  const auto answers = co_await all(std::move(appends));
  pb::MutationResult result;
  for (std::size_t row = 0; row < keys.size(); ++row) result.add_rows();
  Status failure;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool worse =
        !answers[i] && (failure.ok() || answers[i].error().category() == Category::unknown_outcome);
    if (worse) failure = answers[i].error();
    for (const std::uint32_t row : parts[i].rows) {
      fill_row(*result.mutable_rows(static_cast<int>(row)), answers[i]);
      if (answers[i]) {
        result.add_succ_index(row);
        result.set_timestamp(std::max(result.timestamp(), answers[i]->timestamp()));
      } else {
        result.add_err_index(row);
      }
    }
  }
  ids_from_keys(keys, *result.mutable_ids());
  result.set_acknowledged(failure.ok());
  set_status(failure, *result.mutable_status());
  co_return result;
}

Task<Result<pb::MutationResult>> Handlers::write_rows(std::string name, internal::AppendKind kind,
                                                      FieldDataList fields, std::size_t rows,
                                                      MonotonicTime deadline) {
  if (rows > options_.rows_max) {
    co_return fail(Code::invalid_argument,
                   "num_rows is over the limit of " + std::to_string(options_.rows_max));
  }
  EYRIE_CO_TRY(const CollectionRef collection, co_await find(name, deadline));
  EYRIE_CO_TRY(storage::Columns columns, columns_from_fields(collection->schema, fields, rows));
  co_return co_await mutate(collection, kind, std::move(columns), deadline);
}

Task<Result<pb::MutationResult>> Handlers::remove_keys(pb::DeleteRequest request,
                                                       MonotonicTime deadline) {
  EYRIE_CO_TRY(const CollectionRef collection, co_await find(request.collection_name(), deadline));
  EYRIE_CO_TRY(const storage::PrimaryKeys keys,
               parse_key_expression(request.expr(), collection->schema.key()));
  if (keys.empty() || keys.size() > options_.keys_max) {
    co_return fail(Code::invalid_argument,
                   "a delete takes 1 to " + std::to_string(options_.keys_max) + " keys");
  }
  co_return co_await mutate(collection, internal::APPEND_DELETE,
                            wire::columns_of_keys(collection->schema.key().id, keys), deadline);
}

namespace {

pb::MutationResult finished(Result<pb::MutationResult> result) {
  if (result) return std::move(*result);
  pb::MutationResult failed;
  set_status(result.error(), *failed.mutable_status());
  return failed;
}

}  // namespace

Task<pb::MutationResult> Handlers::insert(pb::InsertRequest request, MonotonicTime deadline) {
  pb::MutationResult result = finished(
      co_await write_rows(request.collection_name(), internal::APPEND_INSERT,
                          std::move(*request.mutable_fields_data()), request.num_rows(), deadline));
  result.set_insert_cnt(result.succ_index_size());
  co_return result;
}

Task<pb::MutationResult> Handlers::upsert(pb::UpsertRequest request, MonotonicTime deadline) {
  pb::MutationResult result = finished(
      co_await write_rows(request.collection_name(), internal::APPEND_UPSERT,
                          std::move(*request.mutable_fields_data()), request.num_rows(), deadline));
  result.set_upsert_cnt(result.succ_index_size());
  co_return result;
}

Task<pb::MutationResult> Handlers::remove(pb::DeleteRequest request, MonotonicTime deadline) {
  pb::MutationResult result = finished(co_await remove_keys(std::move(request), deadline));
  result.set_delete_cnt(result.succ_index_size());
  co_return result;
}

}  // namespace eyrie::proxy
