#include "nodes/proxy/search_request.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

#include "nodes/proxy/fields.h"
#include "nodes/wire/consistency.h"

namespace eyrie::proxy {

namespace {

namespace common = milvus::proto::common;
namespace pb = milvus::proto::milvus;

constexpr std::size_t kTextBytesUsual = 64;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kHitBytes = 16;  // score and timestamp

Status invalid(const std::string& what) {
  return Status(Code::invalid_argument, what);
}

// "ef": 64 inside Milvus's params, or a pair of its own.
std::int32_t find_number(const google::protobuf::RepeatedPtrField<common::KeyValuePair>& pairs,
                         std::string_view key, std::int32_t otherwise) {
  for (const common::KeyValuePair& pair : pairs) {
    std::string_view text;
    if (pair.key() == key) text = pair.value();
    if (pair.key() == "params") {
      const std::string quoted = "\"" + std::string(key) + "\"";
      const std::size_t at = pair.value().find(quoted);
      if (at != std::string::npos) {
        const std::size_t digit = pair.value().find_first_of("0123456789", at + quoted.size());
        if (digit != std::string::npos) text = std::string_view(pair.value()).substr(digit);
      }
    }
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!text.empty() && error == std::errc()) return number;
  }
  return otherwise;
}

std::int32_t limit_of(const pb::SearchRequest& request) {
  return find_number(request.search_params(), "topk",
                     find_number(request.search_params(), "limit", 10));
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

Status check_search(const pb::SearchRequest& request, const ProxyOptions& options) {
  if (!request.dsl().empty()) return invalid("filters are not supported: " + request.dsl());
  if (!request.use_default_consistency()) {
    EYRIE_RETURN_IF_ERROR(wire::check_consistency_level(request.consistency_level()));
  }
  const std::int32_t limit = limit_of(request);
  if (limit >= 1 && limit <= options.limit_max) return {};
  const std::string number = std::to_string(limit);
  return Status(Code::invalid_argument,
                "topk [" + number + "] is invalid, it should be in range [1, " +
                    std::to_string(options.limit_max) + "], but got " + number)
      .with_milvus_code(65535);
}

Result<internal::SearchParameters> read_search(const pb::SearchRequest& request,
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
  const std::int32_t limit = limit_of(request);
  parameters.set_queries(queries);
  parameters.set_dim(field.dimension);
  parameters.set_limit(limit);
  parameters.set_ef(std::max(find_number(request.search_params(), "ef", limit), limit));
  parameters.set_vector_field_id(field.id.value);
  parameters.set_metric_type(collection.record.index().metric_type());
  for (const std::string& name : request.output_fields()) {
    const wire::FieldInfo* output = collection.schema.find(name);
    if (output == nullptr) return fail(invalid("field " + name + " not exist"));
    parameters.add_output_field_ids(output->id.value);
  }
  const std::uint64_t rows =
      static_cast<std::uint64_t>(queries) * static_cast<std::uint64_t>(limit);
  EYRIE_RETURN_IF_ERROR(check_result_size(collection.schema, parameters.output_field_ids(), rows,
                                          options.result_bytes_max));
  return parameters;
}

}  // namespace eyrie::proxy
