#include "nodes/main/prepare_import.h"

#include <array>
#include <utility>

namespace eyrie::main {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

constexpr Duration kDefinitionTimeout = 30s;
constexpr Duration kProgressPause = 50ms;
constexpr char kDimensionParameter[] = "dim";

// The graph of every segment: measured to find nine in ten of the nearest and more at ef 128.
constexpr std::array<std::pair<const char*, const char*>, 4> kIndex = {
    {{"index_type", "HNSW"}, {"metric_type", "COSINE"}, {"M", "16"}, {"efConstruction", "200"}}};

pb::CreateCollectionRequest create_request(const std::string& name, std::int32_t dimension) {
  schema::CollectionSchema collection;
  auto* key = collection.add_fields();
  key->set_name(kKeyField);
  key->set_is_primary_key(true);
  key->set_data_type(schema::VarChar);
  auto* vector = collection.add_fields();
  vector->set_name(kVectorField);
  vector->set_data_type(schema::FloatVector);
  auto* parameter = vector->add_type_params();
  parameter->set_key(kDimensionParameter);
  parameter->set_value(std::to_string(dimension));
  pb::CreateCollectionRequest request;
  request.set_collection_name(name);
  request.set_schema(collection.SerializeAsString());
  request.set_shards_num(1);
  for (const auto& [parameter_name, value] : kIndex) {
    auto* pair = request.add_index_params();
    pair->set_key(parameter_name);
    pair->set_value(value);
  }
  return request;
}

Status check_fit(const schema::CollectionSchema& found, const std::string& name,
                 std::int32_t dimension) {
  const auto unfit = [&](const std::string& why) {
    return Status(Code::invalid_argument, "collection '" + name + "' " + why);
  };
  bool key_fits = false;
  bool vector_fits = false;
  std::string has;
  for (const schema::FieldSchema& field : found.fields()) {
    key_fits |=
        field.name() == kKeyField && field.is_primary_key() && field.data_type() == schema::VarChar;
    vector_fits |= field.name() == kVectorField && field.data_type() == schema::FloatVector;
    for (const auto& parameter : field.type_params()) {
      if (field.name() == kVectorField && parameter.key() == kDimensionParameter) {
        has = parameter.value();
      }
    }
  }
  if (!key_fits || !vector_fits || found.fields_size() != 2) {
    return unfit(std::string("is there with another schema; an import needs a VarChar key '") +
                 kKeyField + "' and a FloatVector '" + kVectorField + "' alone");
  }
  if (has != std::to_string(dimension)) {
    return unfit("has vectors of dimension " + has + ", the file's have " +
                 std::to_string(dimension));
  }
  return {};
}

// The collection's, made if it is absent.
Task<Result<schema::CollectionSchema>> find_or_create(Environment& environment,
                                                      client::Client& server, std::string name,
                                                      std::int32_t dimension) {
  pb::DescribeCollectionRequest describe;
  describe.set_collection_name(name);
  auto found = co_await ask_patiently<pb::DescribeCollectionResponse>(
      environment, server, "DescribeCollection", describe, kStartPatience);
  if (!found && found.error().code() == Code::not_found) {
    const Status created = status_of(co_await ask_patiently<common::Status>(
        environment, server, "CreateCollection", create_request(name, dimension),
        kDefinitionTimeout));
    // Somebody else may have been faster, or an earlier attempt of unknown outcome was.
    const bool there = created.ok() || created.code() == Code::already_exists ||
                       created.category() == Category::unknown_outcome;
    if (!there) co_return fail(created);
    found = co_await ask_patiently<pb::DescribeCollectionResponse>(
        environment, server, "DescribeCollection", describe, kStartPatience);
  }
  if (!found) co_return fail(found.error());
  co_return std::move(*found->mutable_schema());
}

}  // namespace

Task<Status> prepare_collection(Environment& environment, client::Client& server,
                                std::string collection, std::int32_t dimension) {
  EYRIE_CO_TRY(const schema::CollectionSchema found,
               co_await find_or_create(environment, server, collection, dimension));
  EYRIE_CO_RETURN_IF_ERROR(check_fit(found, collection, dimension));
  pb::LoadCollectionRequest load;
  load.set_collection_name(collection);
  EYRIE_CO_RETURN_IF_ERROR(co_await ask_patiently<common::Status>(
      environment, server, "LoadCollection", std::move(load), kDefinitionTimeout));
  pb::GetLoadingProgressRequest progress;
  progress.set_collection_name(collection);
  const MonotonicTime until = environment.clock.monotonic() + kDefinitionTimeout;
  while (true) {
    EYRIE_CO_TRY(const pb::GetLoadingProgressResponse loaded,
                 co_await ask_patiently<pb::GetLoadingProgressResponse>(
                     environment, server, "GetLoadingProgress", progress, kStartPatience));
    if (loaded.progress() >= 100) co_return Status();
    if (environment.clock.monotonic() >= until) {
      co_return Status(Code::unavailable, "collection '" + collection + "' is not loaded after " +
                                              std::to_string(to_ms(kDefinitionTimeout)) + " ms");
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(kProgressPause));
  }
}

}  // namespace eyrie::main
