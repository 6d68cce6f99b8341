#include "nodes/proxy/fields.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "nodes/proxy/excerpt.h"

namespace eyrie::proxy {

namespace {

namespace pb = milvus::proto::schema;
using storage::Column;
using storage::FieldType;

Status invalid(const std::string& what) {
  return Status(Code::invalid_argument, what).with_milvus_code(1100);
}

template <class Source>
Status check_numbers(const Source& values, const std::string& field) {
  for (const auto value : values) {
    if (!std::isfinite(value)) {
      return invalid("value '" + std::string(std::isnan(value) ? "NaN" : "Inf") + "' of field " +
                     field + " is not a number or infinity");
    }
  }
  return {};
}

template <class Source>
Status check_lengths(const Source& texts, const wire::FieldInfo& info) {
  int row = 0;
  for (const std::string& text : texts) {
    if (text.size() > static_cast<std::size_t>(info.max_length)) {
      return invalid("length of varchar field " + info.name + " exceeds max length, row number: " +
                     std::to_string(row) + ", length: " + std::to_string(text.size()) +
                     ", max length: " + std::to_string(info.max_length));
    }
    ++row;
  }
  return {};
}

template <class T, class Source>
std::vector<T> copy_as(const Source& source) {
  return std::vector<T>(source.begin(), source.end());
}

template <class T>
Result<storage::ColumnValues> narrow(const pb::FieldData& field) {
  std::vector<T> values;
  for (const std::int32_t value : field.scalars().int_data().data()) {
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
      return fail(invalid("a value of field " + field.field_name() + " is out of its range"));
    }
    values.push_back(static_cast<T>(value));
  }
  return values;
}

Result<storage::ColumnValues> read_vectors(const wire::FieldInfo& info,
                                           const pb::FieldData& field) {
  if (field.vectors().dim() != info.dimension) {
    return fail(invalid("the dim (" + std::to_string(field.vectors().dim()) + ") of field data(" +
                        info.name + ") is not equal to schema dim (" +
                        std::to_string(info.dimension) + ")"));
  }
  storage::FloatVectors vectors;
  vectors.dimension = info.dimension;
  vectors.values = copy_as<float>(field.vectors().float_vector().data());
  EYRIE_RETURN_IF_ERROR(check_numbers(vectors.values, info.name));
  return vectors;
}

Result<storage::ColumnValues> read_values(const wire::FieldInfo& info, const pb::FieldData& field) {
  const pb::ScalarField& scalars = field.scalars();
  switch (info.type) {
    case FieldType::boolean:
      return copy_as<std::uint8_t>(scalars.bool_data().data());
    case FieldType::int8:
      return narrow<std::int8_t>(field);
    case FieldType::int16:
      return narrow<std::int16_t>(field);
    case FieldType::int32:
      return narrow<std::int32_t>(field);
    case FieldType::int64:
      return copy_as<std::int64_t>(scalars.long_data().data());
    case FieldType::float32:
      EYRIE_RETURN_IF_ERROR(check_numbers(scalars.float_data().data(), info.name));
      return copy_as<float>(scalars.float_data().data());
    case FieldType::float64:
      EYRIE_RETURN_IF_ERROR(check_numbers(scalars.double_data().data(), info.name));
      return copy_as<double>(scalars.double_data().data());
    case FieldType::varchar:
      EYRIE_RETURN_IF_ERROR(check_lengths(scalars.string_data().data(), info));
      return copy_as<std::string>(scalars.string_data().data());
    case FieldType::float_vector:
      return read_vectors(info, field);
  }
  return fail(invalid("field " + info.name + " has an unknown type"));
}

Status check_names(const wire::Schema& schema, const FieldDataList& fields) {
  std::set<std::string_view> names;
  for (const pb::FieldData& field : fields) {
    if (schema.find(field.field_name()) == nullptr) {
      return invalid("field " + excerpt(field.field_name()) + " is not in the schema");
    }
    if (!names.insert(field.field_name()).second) {
      return invalid("field " + field.field_name() + " comes twice");
    }
  }
  return {};
}

struct Writer {
  const wire::FieldInfo& info;
  pb::FieldData& out;

  void operator()(const storage::FloatVectors& vectors) const {
    out.mutable_vectors()->set_dim(vectors.dimension);
    auto* data = out.mutable_vectors()->mutable_float_vector()->mutable_data();
    data->Add(vectors.values.begin(), vectors.values.end());
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    auto* data = out.mutable_scalars()->mutable_long_data()->mutable_data();
    data->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<std::string>& values) const {
    auto* data = out.mutable_scalars()->mutable_string_data()->mutable_data();
    data->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<float>& values) const {
    auto* data = out.mutable_scalars()->mutable_float_data()->mutable_data();
    data->Add(values.begin(), values.end());
  }
  void operator()(const std::vector<double>& values) const {
    auto* data = out.mutable_scalars()->mutable_double_data()->mutable_data();
    data->Add(values.begin(), values.end());
  }
  void operator()(const storage::Booleans& values) const {
    auto* data = out.mutable_scalars()->mutable_bool_data()->mutable_data();
    for (const std::uint8_t value : values) data->Add(value != 0);
  }
  template <class T>
  void operator()(const std::vector<T>& values) const {
    auto* data = out.mutable_scalars()->mutable_int_data()->mutable_data();
    for (const T value : values) data->Add(value);
  }
};

}  // namespace

Result<storage::Columns> columns_from_fields(const wire::Schema& schema,
                                             const FieldDataList& fields, std::size_t rows) {
  if (rows == 0) return fail(invalid("num_rows should be greater than 0"));
  storage::Columns columns;
  for (const wire::FieldInfo& info : schema.fields) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const pb::FieldData& field) {
      return field.field_name() == info.name;
    });
    if (found == fields.end()) return fail(invalid("field " + info.name + " is missing"));
    if (static_cast<int>(found->type()) != static_cast<int>(info.type)) {
      return fail(invalid("the data type of field " + info.name + " is not the schema's"));
    }
    EYRIE_TRY(storage::ColumnValues values, read_values(info, *found));
    columns.columns.push_back({info.id, std::move(values)});
    if (columns.columns.back().rows() != rows) {
      return fail(invalid("the length of field data (" + info.name + ") is not num_rows"));
    }
  }
  EYRIE_RETURN_IF_ERROR(check_names(schema, fields));
  EYRIE_RETURN_IF_ERROR(storage::validate(columns));
  return columns;
}

void fields_from_columns(const wire::Schema& schema, const storage::Columns& columns,
                         FieldDataList& out) {
  for (const wire::FieldInfo& info : schema.fields) {
    const Column* column = columns.find(info.id);
    if (column == nullptr) continue;
    pb::FieldData* field = out.Add();
    field->set_type(static_cast<pb::DataType>(info.type));
    field->set_field_name(info.name);
    field->set_field_id(info.id.value);
    std::visit(Writer{info, *field}, column->values);
  }
}

Status check_finite(std::span<const float> values, const std::string& field) {
  return check_numbers(values, field);
}

void ids_from_keys(const storage::PrimaryKeys& keys, pb::IDs& out) {
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&keys.values)) {
    out.mutable_int_id()->mutable_data()->Add(numbers->begin(), numbers->end());
  } else {
    const auto& texts = std::get<std::vector<std::string>>(keys.values);
    out.mutable_str_id()->mutable_data()->Add(texts.begin(), texts.end());
  }
}

}  // namespace eyrie::proxy
