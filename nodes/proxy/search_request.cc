#include "nodes/proxy/search_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>

#include "nodes/proxy/excerpt.h"
#include "nodes/proxy/fields.h"
#include "nodes/wire/consistency.h"
#include "runtime/json.h"

namespace eyrie::proxy {

namespace {

namespace common = milvus::proto::common;
namespace pb = milvus::proto::milvus;

constexpr std::array kNumberKeys = {"topk", "limit", "ef"};
constexpr std::int64_t kLimitUsual = 10;
constexpr std::int64_t kEfMax = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kTextBytesUsual = 64;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kHitBytes = 16;  // score and timestamp

Status invalid(const std::string& what) {
  return Status(Code::invalid_argument, what);
}

Status no_number(const std::string& key, std::string_view value) {
  return invalid(key + " [" + excerpt(value) + "] is invalid, it should be a whole number");
}

Status out_of_range(const std::string& key, std::int64_t value, std::int64_t most) {
  const std::string number = std::to_string(value);
  return invalid(key + " [" + number + "] is invalid, it should be in range [1, " +
                 std::to_string(most) + "], but got " + number);
}

// Without saying it, for answers and logs would carry it on.
Status too_long(const common::KeyValuePair& pair) {
  return invalid(pair.key() + " has " + std::to_string(pair.value().size()) +
                 " bytes, it should have at most " + std::to_string(kParameterBytesMax));
}

using Numbers = std::map<std::string, std::int64_t>;  // by key, of those in kNumberKeys

Result<std::int64_t> parse_number(const std::string& key, std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end) return fail(no_number(key, text));
  return number;
}

// A number, or a text that is one: so Milvus reads what is inside `params`.
Result<std::int64_t> number_in(const std::string& key, const boost::json::value& value) {
  if (const std::int64_t* number = value.if_int64()) return *number;
  if (const boost::json::string* text = value.if_string()) return parse_number(key, *text);
  return fail(no_number(key, boost::json::serialize(value)));
}

// Milvus's `params`: a JSON object, some of whose members are for other indexes than ours.
Status read_params(const std::string& text, Numbers& numbers) {
  const auto refused = [&](const std::string& why) {
    return invalid("params [" + excerpt(text) + "] is invalid, " + why);
  };
  const std::string expected = "it should be a JSON object";
  const Result<boost::json::value> params = parse_json(text, expected);
  if (!params) return refused(params.error().message());
  const boost::json::object* object = params->if_object();
  if (object == nullptr) return refused(expected);
  for (const char* key : kNumberKeys) {
    const boost::json::value* found = object->if_contains(key);
    if (found == nullptr) continue;
    EYRIE_TRY(const std::int64_t number, number_in(key, *found));
    numbers.try_emplace(key, number);
  }
  return {};
}

// Each is a pair of its own or inside `params`; of a key that comes twice the first one counts.
Result<SearchNumbers> read_numbers(const pb::SearchRequest& request, const ProxyOptions& options) {
  Numbers numbers;
  for (const common::KeyValuePair& pair : request.search_params()) {
    const bool params = pair.key() == "params";
    const bool number = std::ranges::find(kNumberKeys, pair.key()) != kNumberKeys.end();
    if (!params && !number) continue;
    if (pair.value().size() > kParameterBytesMax) return fail(too_long(pair));
    if (params) {
      EYRIE_RETURN_IF_ERROR(read_params(pair.value(), numbers));
    } else {
      EYRIE_TRY(const std::int64_t value, parse_number(pair.key(), pair.value()));
      numbers.try_emplace(pair.key(), value);
    }
  }
  const auto find = [&](const char* key, std::int64_t otherwise) {
    const auto found = numbers.find(key);
    return found != numbers.end() ? found->second : otherwise;
  };
  SearchNumbers read;
  read.limit = find("topk", find("limit", kLimitUsual));
  read.ef = find("ef", read.limit);
  if (read.limit < 1 || read.limit > options.limit_max) {
    return fail(out_of_range("topk", read.limit, options.limit_max).with_milvus_code(65535));
  }
  if (read.ef < 1 || read.ef > kEfMax) return fail(out_of_range("ef", read.ef, kEfMax));
  return read;
}

std::size_t value_bytes(const wire::FieldInfo& field) {
  switch (field.type) {
    case storage::FieldType::varchar:
      return std::min(static_cast<std::size_t>(field.max_length), kTextBytesUsual);
    case storage::FieldType::float_vector:
      return static_cast<std::size_t>(field.dimension) * sizeof(float);
    default:
      return kNumberBytes;
  }
}

}  // namespace

Status check_result_size(const wire::Schema& schema,
                         const google::protobuf::RepeatedField<std::int64_t>& output_fields,
                         std::uint64_t rows, std::size_t bytes_max) {
  std::uint64_t row_bytes = kHitBytes + value_bytes(schema.key());
  for (const std::int64_t id : output_fields) {
    const wire::FieldInfo* field = schema.find(storage::FieldId(id));
    if (field != nullptr) row_bytes += value_bytes(*field);
  }
  if (rows <= bytes_max / row_bytes) return {};
  return invalid(std::to_string(rows) + " rows of about " + std::to_string(row_bytes) +
                 " bytes are above result_bytes_max (" + std::to_string(bytes_max) +
                 "); ask for fewer queries, a smaller topk, or fewer fields");
}

Result<SearchNumbers> check_search(const pb::SearchRequest& request, const ProxyOptions& options) {
  if (!request.dsl().empty()) {
    return fail(invalid("filters are not supported: " + excerpt(request.dsl())));
  }
  if (!request.use_default_consistency()) {
    EYRIE_RETURN_IF_ERROR(wire::check_consistency_level(request.consistency_level()));
  }
  return read_numbers(request, options);
}

Result<internal::SearchParameters> read_search(const pb::SearchRequest& request,
                                               const SearchNumbers& numbers,
                                               const Collection& collection,
                                               const ProxyOptions& options) {
  common::PlaceholderGroup group;
  if (!group.ParseFromString(request.placeholder_group()) || group.placeholders_size() != 1) {
    return fail(invalid("the placeholder group does not hold one list of vectors"));
  }
  internal::SearchParameters parameters;
  const wire::FieldInfo& field = collection.schema.vector();
  const std::size_t bytes = static_cast<std::size_t>(field.dimension) * sizeof(float);
  for (const std::string& vector : group.placeholders(0).values()) {
    if (vector.size() != bytes) {
      return fail(invalid("vector dimension mismatch, expected vector size(byte) " +
                          std::to_string(bytes) + ", actual " + std::to_string(vector.size())));
    }
    std::vector<float> values(static_cast<std::size_t>(field.dimension));
    std::memcpy(values.data(), vector.data(), bytes);
    EYRIE_RETURN_IF_ERROR(check_finite(values, field.name));
    parameters.mutable_vectors()->append(vector);
  }
  const int queries = group.placeholders(0).values_size();
  if (queries < 1 || queries > options.limit_max) return fail(invalid("nq is out of its range"));
  parameters.set_queries(queries);
  parameters.set_dim(field.dimension);
  parameters.set_limit(static_cast<std::int32_t>(numbers.limit));
  parameters.set_ef(static_cast<std::int32_t>(std::max(numbers.ef, numbers.limit)));
  parameters.set_vector_field_id(field.id.value);
  parameters.set_metric_type(collection.record.index().metric_type());
  for (const std::string& name : request.output_fields()) {
    const wire::FieldInfo* output = collection.schema.find(name);
    if (output == nullptr) return fail(invalid("field " + excerpt(name) + " not exist"));
    parameters.add_output_field_ids(output->id.value);
  }
  const std::uint64_t rows =
      static_cast<std::uint64_t>(queries) * static_cast<std::uint64_t>(numbers.limit);
  EYRIE_RETURN_IF_ERROR(check_result_size(collection.schema, parameters.output_field_ids(), rows,
                                          options.result_bytes_max));
  return parameters;
}

}  // namespace eyrie::proxy
