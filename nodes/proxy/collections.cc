#include <algorithm>
#include <charconv>
#include <utility>

#include "nodes/proxy/excerpt.h"
#include "nodes/proxy/handlers.h"
#include "nodes/wire/consistency.h"

namespace eyrie::proxy {

namespace {

namespace common = milvus::proto::common;

// Milvus 2.2's numbers, which old clients read (research: milvus.md section 5.3).
std::int32_t old_error_code(std::int32_t code) {
  switch (code) {
    case 0:
      return 0;
    case 100:
      return 4;  // CollectionNotExists
    case 1100:
      return 5;  // IllegalArgument
    case 8:
      return 49;  // RateLimit
    case 503:
      return 7;  // NoReplicaAvailable, as near as it gets
    default:
      return 1;  // UnexpectedError
  }
}

Result<catalog::IndexParameters> index_parameters(
    const google::protobuf::RepeatedPtrField<common::KeyValuePair>& pairs) {
  catalog::IndexParameters index;
  index.set_index_type("FLAT");
  index.set_metric_type("COSINE");
  index.set_m(30);
  index.set_ef_construction(360);
  index.set_rows_min(1024);
  for (const common::KeyValuePair& pair : pairs) {
    std::int32_t number = 0;
    const std::string& text = pair.value();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (pair.key() == "index_type" && (text == "FLAT" || text == "HNSW")) {
      index.set_index_type(text);
    } else if (pair.key() == "metric_type" && (text == "L2" || text == "IP" || text == "COSINE")) {
      index.set_metric_type(text);
    } else if (pair.key() == "M" && is_number && number >= 2 && number <= 2048) {
      index.set_m(number);
    } else if (pair.key() == "efConstruction" && is_number && number >= 1) {
      index.set_ef_construction(number);
    } else if (pair.key() == "rows_min" && is_number && number >= 1) {
      index.set_rows_min(number);
    } else {
      return fail(Code::invalid_argument,
                  "invalid index parameter " + excerpt(pair.key()) + " = '" + excerpt(text) + "'");
    }
  }
  return index;
}

Task<common::Status> as_status(Task<Status> task) {
  common::Status out;
  set_status(co_await std::move(task), out);
  co_return out;
}

// The answer, or an empty one that carries the failure.
template <class Response>
Task<Response> with_status(Task<Result<Response>> task) {
  Result<Response> result = co_await std::move(task);
  Response response;
  if (result) response = std::move(*result);
  set_status(status_of(result), *response.mutable_status());
  co_return response;
}

}  // namespace

void set_status(const Status& status, common::Status& out) {
  out.set_code(status.milvus_code());
  out.set_error_code(old_error_code(status.milvus_code()));
  out.set_reason(status.message());
  out.set_detail(status.ok() ? "" : std::string(name_of(status.code())));
  out.set_retriable(status.category() == Category::transient);
}

MonotonicTime Handlers::deadline_of(const rpc::CallContext& context) const {
  if (context.deadline_named) return context.deadline;
  return std::min(context.deadline, environment_.clock.monotonic() + options_.request_timeout);
}

Task<Status> Handlers::create(pb::CreateCollectionRequest request, MonotonicTime deadline) {
  milvus::proto::schema::CollectionSchema schema;
  if (!schema.ParseFromString(request.schema())) {
    co_return Status(Code::invalid_argument, "the schema does not parse");
  }
  EYRIE_CO_RETURN_IF_ERROR(wire::complete_schema(schema));
  EYRIE_CO_RETURN_IF_ERROR(wire::check_consistency_level(request.consistency_level()));
  internal::CreateCollectionRequest create;
  create.set_name(request.collection_name());
  create.set_schema(schema.SerializeAsString());
  create.set_shards(request.shards_num());
  create.set_consistency_level(static_cast<std::int32_t>(request.consistency_level()));
  EYRIE_CO_TRY(*create.mutable_index(), index_parameters(request.index_params()));
  rpc::CallOptions options;
  options.deadline = deadline;
  co_return status_of(co_await coordinator_.call<internal::CollectionResponse>(
      "coordinator.CreateCollection", create, options));
}

Task<common::Status> Handlers::create_collection(pb::CreateCollectionRequest request,
                                                 MonotonicTime deadline) {
  return as_status(create(std::move(request), deadline));
}

namespace {

Task<Status> drop(membership::CoordinatorClient& coordinator, Metadata& metadata, std::string name,
                  MonotonicTime deadline) {
  internal::DropCollectionRequest request;
  request.set_name(name);
  rpc::CallOptions options;
  options.deadline = deadline;
  const Status status = status_of(
      co_await coordinator.call<internal::Empty>("coordinator.DropCollection", request, options));
  metadata.forget_collection(name);
  co_return status;
}

}  // namespace

Task<common::Status> Handlers::drop_collection(pb::DropCollectionRequest request,
                                               MonotonicTime deadline) {
  return as_status(drop(coordinator_, metadata_, request.collection_name(), deadline));
}

Task<pb::BoolResponse> Handlers::has_collection(pb::HasCollectionRequest request,
                                                MonotonicTime deadline) {
  const auto found = co_await metadata_.describe(request.collection_name(), deadline);
  pb::BoolResponse response;
  response.set_value(found.has_value());
  const bool absent = !found && found.error().code() == Code::not_found;
  set_status(absent ? Status() : status_of(found), *response.mutable_status());
  co_return response;
}

Task<Result<pb::DescribeCollectionResponse>> Handlers::describe(
    pb::DescribeCollectionRequest request, MonotonicTime deadline) {
  EYRIE_CO_TRY(const CollectionRef found,
               co_await metadata_.describe(request.collection_name(), deadline));
  pb::DescribeCollectionResponse response;
  if (!response.mutable_schema()->ParseFromString(found->record.schema())) {
    co_return fail(Code::data_loss, "the collection's schema does not parse");
  }
  response.set_collectionid(found->record.id());
  response.set_collection_name(found->record.name());
  response.set_created_timestamp(found->record.create_timestamp());
  response.set_shards_num(found->record.virtual_channels_size());
  response.set_consistency_level(
      static_cast<common::ConsistencyLevel>(found->record.consistency_level()));
  for (const catalog::VirtualChannel& channel : found->record.virtual_channels()) {
    response.add_virtual_channel_names(channel.name());
    response.add_physical_channel_names(channel.channel());
  }
  co_return response;
}

Task<pb::DescribeCollectionResponse> Handlers::describe_collection(
    pb::DescribeCollectionRequest request, MonotonicTime deadline) {
  return with_status(describe(std::move(request), deadline));
}

Task<Result<pb::ShowCollectionsResponse>> Handlers::show(MonotonicTime deadline) {
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  EYRIE_CO_TRY(const internal::ListCollectionsResponse answer,
               co_await coordinator_.call<internal::ListCollectionsResponse>(
                   "coordinator.ListCollections", internal::ListCollectionsRequest(), options));
  pb::ShowCollectionsResponse response;
  for (const catalog::CollectionRecord& record : answer.collections()) {
    response.add_collection_names(record.name());
    response.add_collection_ids(record.id());
    response.add_created_timestamps(record.create_timestamp());
  }
  co_return response;
}

Task<pb::ShowCollectionsResponse> Handlers::show_collections(pb::ShowCollectionsRequest,
                                                             MonotonicTime deadline) {
  return with_status(show(deadline));
}

namespace {

template <class Request>
Task<Result<internal::Empty>> ask_load(membership::CoordinatorClient& coordinator,
                                       CollectionRef collection, std::string method,
                                       MonotonicTime deadline) {
  Request request;
  request.set_collection_id(collection->record.id());
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  co_return co_await coordinator.call<internal::Empty>(std::move(method), request, options);
}

}  // namespace

template <class Request>
Task<Status> Handlers::change_load(std::string name, std::string method, MonotonicTime deadline) {
  co_return status_of(co_await with_collection<internal::Empty>(
      std::move(name), deadline, [&, this](CollectionRef collection) {
        return ask_load<Request>(coordinator_, std::move(collection), method, deadline);
      }));
}

Task<common::Status> Handlers::load_collection(pb::LoadCollectionRequest request,
                                               MonotonicTime deadline) {
  return as_status(change_load<internal::LoadCollectionRequest>(
      request.collection_name(), "coordinator.LoadCollection", deadline));
}

Task<common::Status> Handlers::release_collection(pb::ReleaseCollectionRequest request,
                                                  MonotonicTime deadline) {
  return as_status(change_load<internal::ReleaseCollectionRequest>(
      request.collection_name(), "coordinator.ReleaseCollection", deadline));
}

Task<Result<std::int64_t>> Handlers::ask_progress(CollectionRef collection,
                                                  MonotonicTime deadline) {
  internal::GetLoadStateRequest request;
  request.set_collection_id(collection->record.id());
  rpc::CallOptions options;
  options.deadline = deadline;
  options.idempotent = true;
  EYRIE_CO_TRY(const internal::GetLoadStateResponse state,
               co_await coordinator_.call<internal::GetLoadStateResponse>(
                   "coordinator.GetLoadState", request, options));
  if (!state.load_requested()) {
    const std::string& name = collection->record.name();
    co_return fail(
        Status(Code::failed_precondition, "collection not loaded[collection=" + name + "]")
            .with_milvus_code(101));
  }
  co_return state.shards() == 0 ? 0 : 100 * state.shards_readable() / state.shards();
}

Task<Result<std::int64_t>> Handlers::progress(std::string name, MonotonicTime deadline) {
  co_return co_await with_collection<std::int64_t>(
      std::move(name), deadline, [this, deadline](CollectionRef collection) {
        return ask_progress(std::move(collection), deadline);
      });
}

Task<pb::GetLoadingProgressResponse> Handlers::loading_progress(
    pb::GetLoadingProgressRequest request, MonotonicTime deadline) {
  const Result<std::int64_t> percent = co_await progress(request.collection_name(), deadline);
  pb::GetLoadingProgressResponse response;
  response.set_progress(percent.value_or(0));
  set_status(status_of(percent), *response.mutable_status());
  co_return response;
}

}  // namespace eyrie::proxy
