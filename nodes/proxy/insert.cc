// Insert, upsert and delete: rows are grouped by the shard of their key, each group is appended to
// its channel's log by the channel's owner, and every row gets an outcome of its own (D2).
#include <algorithm>
#include <utility>

#include "nodes/proxy/fields.h"
#include "nodes/proxy/handlers.h"
#include "nodes/proxy/key_expression.h"
#include "nodes/proxy/row_outcomes.h"
#include "nodes/wire/columns.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace {

constexpr std::size_t kAppendBytesMax = 4u << 20;
// How many rows fit into one append.
std::size_t rows_at_once(const storage::Columns& columns) {
  const std::size_t row_bytes = std::max<std::size_t>(columns.memory_bytes() / columns.rows(), 1);
  return std::max<std::size_t>(kAppendBytesMax / row_bytes, 1);
}

}  // namespace

Task<Result<internal::AppendResponse>> Handlers::append(CollectionRef collection, int shard,
                                                        internal::AppendKind kind,
                                                        storage::Columns columns,
                                                        MonotonicTime deadline) {
  const catalog::VirtualChannel& channel = collection->record.virtual_channels(shard);
  EYRIE_CO_TRY(const Bytes encoded, wire::encode_columns(columns));
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
  co_return co_await shards_.call<internal::AppendResponse>(channel.channel(), "streaming.Append",
                                                            make, false, deadline);
}

Task<Result<pb::MutationResult>> Handlers::mutate(CollectionRef collection,
                                                  internal::AppendKind kind,
                                                  storage::Columns columns,
                                                  MonotonicTime deadline) {
  EYRIE_CO_TRY(const storage::PrimaryKeys keys,
               storage::keys_of(columns, collection->schema.key().id));
  const auto shards = static_cast<std::size_t>(collection->record.virtual_channels_size());
  const Batch batch = split_rows(keys, kind, shards, rows_at_once(columns));
  std::vector<Task<Result<internal::AppendResponse>>> appends;
  for (const Part& part : batch.parts) {
    appends.push_back(
        append(collection, part.shard, kind, storage::select_rows(columns, part.rows), deadline));
  }
  EYRIE_CO_TRY(pb::MutationResult result, settle_rows(batch, co_await all(std::move(appends))));
  timestamps_.observe(result.timestamp());
  ids_from_keys(keys, *result.mutable_ids());
  co_return result;
}

Task<Result<pb::MutationResult>> Handlers::write_rows(std::string name, internal::AppendKind kind,
                                                      FieldDataList fields, std::size_t rows,
                                                      MonotonicTime deadline) {
  if (rows > options_.rows_max) {
    co_return fail(Code::invalid_argument,
                   "num_rows is over the limit of " + std::to_string(options_.rows_max));
  }
  co_return co_await with_collection<pb::MutationResult>(
      std::move(name), deadline, [&, this](CollectionRef collection) {
        return write_to(std::move(collection), kind, fields, rows, deadline);
      });
}

Task<Result<pb::MutationResult>> Handlers::write_to(CollectionRef collection,
                                                    internal::AppendKind kind,
                                                    const FieldDataList& fields, std::size_t rows,
                                                    MonotonicTime deadline) {
  EYRIE_CO_TRY(storage::Columns columns, columns_from_fields(collection->schema, fields, rows));
  co_return co_await mutate(collection, kind, std::move(columns), deadline);
}

Task<Result<pb::MutationResult>> Handlers::remove_keys(pb::DeleteRequest request,
                                                       MonotonicTime deadline) {
  co_return co_await with_collection<pb::MutationResult>(
      request.collection_name(), deadline, [&, this](CollectionRef collection) {
        return remove_from(std::move(collection), request.expr(), deadline);
      });
}

Task<Result<pb::MutationResult>> Handlers::remove_from(CollectionRef collection,
                                                       const std::string& expression,
                                                       MonotonicTime deadline) {
  EYRIE_CO_TRY(const storage::PrimaryKeys keys,
               parse_key_expression(expression, collection->schema.key()));
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
