#include "scenarios/clients/requests.h"

#include <charconv>
#include <cstring>
#include <map>
#include <span>
#include <utility>

namespace eyrie::scenarios {

namespace {

namespace pb = client::pb;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

}  // namespace

std::string collection_name(std::uint32_t collection) {
  return collection == 0 ? kCollection : "side_" + std::to_string(collection);
}

std::int32_t shard_number(const std::string& virtual_channel) {
  std::int32_t number = -1;
  const std::size_t at = virtual_channel.rfind('v');
  const char* end = virtual_channel.data() + virtual_channel.size();
  if (at != std::string::npos) std::from_chars(virtual_channel.data() + at + 1, end, number);
  return number;
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

pb::CreateCollectionRequest create_request(const std::string& called, const Words& words,
                                           std::int32_t shards, IndexType index_type) {
  schema::CollectionSchema collection;
  auto* key = collection.add_fields();
  key->set_name("word");
  key->set_is_primary_key(true);
  key->set_data_type(schema::VarChar);
  auto* vector = collection.add_fields();
  vector->set_name("vector");
  vector->set_data_type(schema::FloatVector);
  auto* dimension = vector->add_type_params();
  dimension->set_key("dim");
  dimension->set_value(std::to_string(words.dimension));
  auto* version = collection.add_fields();
  version->set_name("version");
  version->set_data_type(schema::Int64);
  pb::CreateCollectionRequest request;
  request.set_collection_name(called);
  request.set_schema(collection.SerializeAsString());
  request.set_shards_num(shards);
  std::vector<std::pair<std::string, std::string>> index = {
      {"index_type", std::string(name_of(index_type))}, {"metric_type", "COSINE"}};
  if (index_type == IndexType::hnsw) {
    index.insert(index.end(), {{"M", "8"}, {"efConstruction", "40"}, {"rows_min", "64"}});
  }
  for (const auto& [name, value] : index) {
    auto* pair = request.add_index_params();
    pair->set_key(name);
    pair->set_value(value);
  }
  return request;
}

pb::QueryRequest query_request(const std::string& collection, const Words& words,
                               const std::vector<std::uint32_t>& asked, Level level,
                               std::uint64_t timestamp) {
  pb::QueryRequest request;
  request.set_collection_name(collection);
  request.set_consistency_level(static_cast<common::ConsistencyLevel>(level));
  request.set_guarantee_timestamp(timestamp);
  if (asked.empty()) {
    request.add_output_fields("count(*)");
    return request;
  }
  std::string list;
  for (const std::uint32_t word : asked) {
    list += (list.empty() ? "" : ", ") + quoted(words.words[word]);
  }
  request.set_expr("word in [" + list + "]");
  request.add_output_fields("vector");
  request.add_output_fields("version");
  return request;
}

void read_rows(const google::protobuf::RepeatedPtrField<schema::FieldData>& fields,
               const google::protobuf::RepeatedField<std::uint64_t>& timestamps, const Words& words,
               std::vector<SeenRow>& seen) {
  const auto find = [&](const char* name) -> const schema::FieldData* {
    for (const schema::FieldData& field : fields) {
      if (field.field_name() == name) return &field;
    }
    return nullptr;
  };
  const schema::FieldData* keys = find("word");
  const schema::FieldData* versions = find("version");
  const schema::FieldData* vectors = find("vector");
  if (keys == nullptr || versions == nullptr || vectors == nullptr) return;
  const int rows = keys->scalars().string_data().data_size();
  seen.reserve(static_cast<std::size_t>(rows));
  const auto& floats = vectors->vectors().float_vector().data();
  const std::span values(floats.data(), static_cast<std::size_t>(floats.size()));
  for (int i = 0; i < rows; ++i) {
    SeenRow row;
    row.key = keys->scalars().string_data().data(i);
    if (i < versions->scalars().long_data().data_size()) {
      row.version = versions->scalars().long_data().data(i);
    }
    if (i < timestamps.size()) row.timestamp = timestamps.Get(i);
    const auto width = static_cast<std::size_t>(words.dimension);
    const std::size_t begin = static_cast<std::size_t>(i) * width;
    const auto found = words.rows.find(row.key);
    if (found != words.rows.end() && begin + width <= values.size()) {
      const auto expected =
          words.vector(payload_row(found->second, row.version, words.words.size()));
      row.payload_matches =
          std::memcmp(expected.data(), &values[begin], expected.size_bytes()) == 0;
    }
    seen.push_back(std::move(row));
  }
}

}  // namespace eyrie::scenarios
