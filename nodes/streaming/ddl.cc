// Creating and dropping a collection: one record in each channel that has a shard of it, ordered
// with the data (D3). Repeating one answers the place of the first.
#include <utility>

#include "nodes/streaming/serving_channel.h"

namespace eyrie::streaming {

namespace {

Result<RecordBody> make_ddl(const internal::AppendDdlRequest& request) {
  const catalog::CollectionRecord& collection = request.collection();
  const CollectionId id(collection.id());
  for (const catalog::VirtualChannel& shard : collection.virtual_channels()) {
    if (shard.channel() != request.channel()) continue;
    if (!shard.name().starts_with(virtual_channel_prefix(request.channel(), id))) break;
    if (request.drop()) return storage::DropCollectionRecord{id, shard.name()};
    // A record that recovery could not read must not be written.
    EYRIE_RETURN_IF_ERROR(wire::read_schema(collection.schema()));
    return storage::CreateCollectionRecord{id, shard.name(), {kOnlyPartition}, collection.schema()};
  }
  return fail(Code::invalid_argument,
              "collection " + to_string(id) + " has no shard on " + request.channel());
}

}  // namespace

Task<Result<internal::AppendDdlResponse>> ServingChannel::append_ddl(
    internal::AppendDdlRequest request) {
  EYRIE_CO_TRY(RecordBody body, make_ddl(request));
  const std::size_t bytes = request.collection().schema().size();
  if (bytes > storage::kWalRecordBytesMax / 2) {
    co_return fail(Code::invalid_argument, "the schema is too large");
  }
  EYRIE_CO_TRY(const Appended appended, co_await sequencer_.submit(std::move(body), bytes));
  internal::AppendDdlResponse response;
  response.set_timestamp(to_wire(appended.place.timestamp));
  response.set_position(appended.place.position);
  co_return response;
}

}  // namespace eyrie::streaming
