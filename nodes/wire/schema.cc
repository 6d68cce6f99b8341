#include "nodes/wire/schema.h"

#include <charconv>
#include <set>

namespace eyrie::wire {

namespace {

namespace pb = milvus::proto::schema;

Status invalid(const std::string& what) {
  return Status(Code::invalid_argument, what);
}

// 0 if it is there and no number.
std::int32_t type_parameter(const pb::FieldSchema& field, std::string_view key,
                            std::int32_t otherwise) {
  for (const auto& parameter : field.type_params()) {
    if (parameter.key() != key) continue;
    std::int32_t number = 0;
    const std::string& text = parameter.value();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : 0;
  }
  return otherwise;
}

std::int32_t dimension_of(const pb::FieldSchema& field) {
  return type_parameter(field, "dim", 0);
}

std::int32_t max_length_of(const pb::FieldSchema& field) {
  return field.data_type() == pb::VarChar ? type_parameter(field, "max_length", kMaxLengthMax) : 0;
}

bool known_type(pb::DataType type) {
  switch (type) {
    case pb::Bool:
    case pb::Int8:
    case pb::Int16:
    case pb::Int32:
    case pb::Int64:
    case pb::Float:
    case pb::Double:
    case pb::VarChar:
    case pb::FloatVector:
      return true;
    default:
      return false;
  }
}

Status check_field(const pb::FieldSchema& field) {
  if (field.name().empty()) return invalid("a field has no name");
  if (!known_type(field.data_type())) {
    return invalid("field " + field.name() + " has a data type that is not supported");
  }
  if (field.is_primary_key() && field.data_type() != pb::Int64 &&
      field.data_type() != pb::VarChar) {
    return invalid("the data type of the primary key should be Int64 or VarChar");
  }
  if (field.is_primary_key() && field.autoid()) {
    return invalid("autoID is not supported");
  }
  if (field.data_type() == pb::VarChar) {
    const std::int32_t length = max_length_of(field);
    if (length < 1 || length > kMaxLengthMax) {
      return invalid("the maximum length specified for the field " + field.name() +
                     " should be in (0, " + std::to_string(kMaxLengthMax) + "]");
    }
  }
  if (field.data_type() == pb::FloatVector) {
    const std::int32_t dimension = dimension_of(field);
    if (dimension < 1 || dimension > storage::kDimensionMax) {
      return invalid("invalid dimension of field " + field.name() +
                     ": it should be between 1 and " + std::to_string(storage::kDimensionMax));
    }
  }
  return {};
}

}  // namespace

const FieldInfo* Schema::find(const std::string& name) const {
  for (const FieldInfo& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

const FieldInfo* Schema::find(storage::FieldId id) const {
  for (const FieldInfo& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

Status complete_schema(pb::CollectionSchema& schema) {
  int keys = 0;
  int vectors = 0;
  std::set<std::string> names;
  std::int64_t next = storage::kUserFieldFirst.value;
  for (pb::FieldSchema& field : *schema.mutable_fields()) {
    EYRIE_RETURN_IF_ERROR(check_field(field));
    if (!names.insert(field.name()).second) return invalid("duplicated field name " + field.name());
    keys += field.is_primary_key() ? 1 : 0;
    vectors += field.data_type() == pb::FloatVector ? 1 : 0;
    field.set_fieldid(next++);
  }
  if (keys != 1) return invalid("a schema needs exactly one primary key");
  if (vectors != 1) return invalid("a schema needs exactly one float vector field");
  return {};
}

Result<Schema> read_schema(BytesView encoded) {
  pb::CollectionSchema message;
  if (!message.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return fail(Code::data_loss, "a collection's schema does not parse");
  }
  Schema schema;
  int keys = 0;
  int vectors = 0;
  for (const pb::FieldSchema& field : message.fields()) {
    if (!known_type(field.data_type())) {
      return fail(Code::unsupported, "field " + field.name() + " has an unknown data type");
    }
    if (field.is_primary_key()) {
      schema.key_index = schema.fields.size();
      ++keys;
    }
    if (field.data_type() == pb::FloatVector) {
      schema.vector_index = schema.fields.size();
      ++vectors;
    }
    // Milvus's numbers are the stored ones.
    schema.fields.push_back({storage::FieldId(field.fieldid()), field.name(),
                             static_cast<storage::FieldType>(field.data_type()),
                             dimension_of(field), max_length_of(field)});
  }
  if (keys != 1 || vectors != 1) {
    return fail(Code::data_loss, "a collection's schema lacks its key or its vector");
  }
  return schema;
}

}  // namespace eyrie::wire
