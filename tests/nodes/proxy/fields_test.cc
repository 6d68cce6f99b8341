#include "nodes/proxy/fields.h"

#include <bit>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/proxy/collection.h"

namespace eyrie::proxy {
namespace {

namespace schema = milvus::proto::schema;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Row {
  std::string word = "king";
  float x = 1;
  float y = 2;
  double weight = 3;
};

FieldDataList make_fields(const std::vector<Row>& rows) {
  FieldDataList fields;
  schema::FieldData& words = *fields.Add();
  words.set_field_name("word");
  words.set_type(schema::VarChar);
  schema::FieldData& vectors = *fields.Add();
  vectors.set_field_name("vector");
  vectors.set_type(schema::FloatVector);
  vectors.mutable_vectors()->set_dim(2);
  schema::FieldData& weights = *fields.Add();
  weights.set_field_name("weight");
  weights.set_type(schema::Double);
  for (const Row& row : rows) {
    words.mutable_scalars()->mutable_string_data()->add_data(row.word);
    vectors.mutable_vectors()->mutable_float_vector()->add_data(row.x);
    vectors.mutable_vectors()->mutable_float_vector()->add_data(row.y);
    weights.mutable_scalars()->mutable_double_data()->add_data(row.weight);
  }
  return fields;
}

Status read(const std::vector<Row>& rows) {
  return status_of(columns_from_fields(make_collection().schema, make_fields(rows), rows.size()));
}

void expect_refused(const Status& status, const std::string& word) {
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_EQ(status.milvus_code(), 1100);
  EXPECT_NE(status.message().find(word), std::string::npos) << status;
}

TEST(Fields, RowsOfTheSchemaAreTaken) {
  EXPECT_TRUE(read({{}, {"queen", -1, 0, 0}}).ok());
}

TEST(Fields, NumbersThatAreNoneAreRefused) {
  expect_refused(read({{}, {"queen", 1, kNaN, 0}}), "vector");
  expect_refused(read({{"king", kInfinity, 1, 0}}), "vector");
  expect_refused(read({{"king", 1, -kInfinity, 0}}), "vector");
  expect_refused(read({{"king", 1, 1, std::numeric_limits<double>::quiet_NaN()}}), "weight");
}

TEST(Fields, TextsLongerThanTheSchemaSaysAreRefused) {
  EXPECT_TRUE(read({{"12345678"}}).ok());
  expect_refused(read({{"king"}, {"123456789"}}), "row number: 1");
}

TEST(Fields, TheSchemasMaxLengthIsCheckedAndHasADefault) {
  schema::CollectionSchema collection = make_schema();
  collection.mutable_fields(0)->clear_type_params();
  ASSERT_TRUE(wire::complete_schema(collection).ok());
  EXPECT_EQ(wire::read_schema(collection.SerializeAsString())->key().max_length,
            wire::kMaxLengthMax);
  for (const char* wrong : {"0", "-1", "65536", "many"}) {
    auto* parameter = collection.mutable_fields(0)->mutable_type_params();
    parameter->Clear();
    parameter->Add()->set_key("max_length");
    parameter->at(0).set_value(wrong);
    EXPECT_EQ(wire::complete_schema(collection).code(), Code::invalid_argument) << wrong;
  }
}

// One column of each type, three rows of it: the ends of its range and something between.
schema::CollectionSchema schema_of_all_types() {
  schema::CollectionSchema collection;
  for (const auto& [name, type] :
       std::vector<std::pair<const char*, schema::DataType>>{{"id", schema::Int64},
                                                             {"bool", schema::Bool},
                                                             {"int8", schema::Int8},
                                                             {"int16", schema::Int16},
                                                             {"int32", schema::Int32},
                                                             {"float", schema::Float},
                                                             {"double", schema::Double},
                                                             {"text", schema::VarChar},
                                                             {"vector", schema::FloatVector}}) {
    schema::FieldSchema* field = collection.add_fields();
    field->set_name(name);
    field->set_data_type(type);
  }
  collection.mutable_fields(0)->set_is_primary_key(true);
  auto* dimension = collection.mutable_fields(8)->add_type_params();
  dimension->set_key("dim");
  dimension->set_value("2");
  EYRIE_CHECK(wire::complete_schema(collection).ok());
  return collection;
}

template <class T>
std::vector<T> ends() {
  return {std::numeric_limits<T>::lowest(), 0, std::numeric_limits<T>::max()};
}

constexpr std::size_t kRows = 3;

struct AllTypes : testing::Test {
  AllTypes() {
    for (const wire::FieldInfo& info : schema.fields) {
      schema::FieldData& field = *fields.Add();
      field.set_field_name(info.name);
      field.set_type(static_cast<schema::DataType>(info.type));
      field.set_field_id(info.id.value);
    }
    const auto fill = [](auto& to, const auto& values) { to.Add(values.begin(), values.end()); };
    fill(*scalars("id").mutable_long_data()->mutable_data(), ends<std::int64_t>());
    fill(*scalars("bool").mutable_bool_data()->mutable_data(), std::vector{false, true, true});
    fill(ints("int8"), ends<std::int8_t>());
    fill(ints("int16"), ends<std::int16_t>());
    fill(ints("int32"), ends<std::int32_t>());
    fill(*scalars("float").mutable_float_data()->mutable_data(), ends<float>());
    fill(*scalars("double").mutable_double_data()->mutable_data(), ends<double>());
    fill(*scalars("text").mutable_string_data()->mutable_data(),
         std::vector<std::string>{"", std::string("a\0b", 3), std::string(65'535, 'x')});
    field("vector").mutable_vectors()->set_dim(2);
    fill(vectors(), std::vector<float>{1, -2, 0, 3.5F, std::numeric_limits<float>::max(), 6});
  }

  schema::FieldData& field(const std::string& name) {
    for (schema::FieldData& each : fields) {
      if (each.field_name() == name) return each;
    }
    ADD_FAILURE() << name;
    return fields.at(0);
  }
  schema::ScalarField& scalars(const std::string& name) { return *field(name).mutable_scalars(); }
  google::protobuf::RepeatedField<std::int32_t>& ints(const std::string& name) {
    return *scalars(name).mutable_int_data()->mutable_data();
  }
  google::protobuf::RepeatedField<float>& vectors() {
    return *field("vector").mutable_vectors()->mutable_float_vector()->mutable_data();
  }
  Result<storage::Columns> read(std::size_t rows = kRows) const {
    return columns_from_fields(schema, fields, rows);
  }
  // With the whole sentence.
  void expect_sentence(const std::string& sentence, std::size_t rows = kRows) const {
    const Status status = status_of(read(rows));
    EXPECT_EQ(status.code(), Code::invalid_argument) << sentence;
    EXPECT_EQ(status.milvus_code(), 1100) << sentence;
    EXPECT_EQ(status.message(), sentence);
  }

  const wire::Schema schema = wire::read_schema(schema_of_all_types().SerializeAsString()).value();
  FieldDataList fields;
};

TEST_F(AllTypes, BecomeColumnsOfTheirOwnWidth) {
  const Result<storage::Columns> columns = read();
  ASSERT_TRUE(columns.has_value()) << columns.error();
  const auto values = [&](std::size_t i) { return columns->columns.at(i).values; };
  EXPECT_EQ(values(0), storage::ColumnValues(ends<std::int64_t>()));
  EXPECT_EQ(values(1), storage::ColumnValues(storage::Booleans{0, 1, 1}));
  EXPECT_EQ(values(2), storage::ColumnValues(ends<std::int8_t>()));
  EXPECT_EQ(values(3), storage::ColumnValues(ends<std::int16_t>()));
  EXPECT_EQ(values(4), storage::ColumnValues(ends<std::int32_t>()));
  EXPECT_EQ(values(5), storage::ColumnValues(ends<float>()));
  EXPECT_EQ(values(6), storage::ColumnValues(ends<double>()));
  EXPECT_EQ(std::get<std::vector<std::string>>(values(7)).at(1), std::string("a\0b", 3));
  EXPECT_EQ(std::get<storage::FloatVectors>(values(8)),
            (storage::FloatVectors{2, {1, -2, 0, 3.5F, std::numeric_limits<float>::max(), 6}}));
  for (std::size_t i = 0; i < columns->columns.size(); ++i) {
    EXPECT_EQ(columns->columns[i].field, schema.fields[i].id) << i;
    EXPECT_EQ(columns->columns[i].type(), schema.fields[i].type) << i;
  }
}

TEST_F(AllTypes, ComeBackAsTheyWent) {
  const Result<storage::Columns> columns = read();
  ASSERT_TRUE(columns.has_value()) << columns.error();
  FieldDataList out;
  fields_from_columns(schema, *columns, out);
  ASSERT_EQ(out.size(), fields.size());
  for (int i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out.at(i).SerializeAsString(), fields.at(i).SerializeAsString())
        << fields.at(i).field_name();
  }
}

TEST_F(AllTypes, ComeInAnyOrderAndGoOutInTheSchemas) {
  std::swap(fields.at(0), fields.at(8));
  std::swap(fields.at(2), fields.at(5));
  const Result<storage::Columns> columns = read();
  ASSERT_TRUE(columns.has_value()) << columns.error();
  FieldDataList out;
  fields_from_columns(schema, *columns, out);
  for (int i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out.at(i).field_name(), schema.fields.at(static_cast<std::size_t>(i)).name);
  }
}

TEST_F(AllTypes, GoOutWithoutWhatWasNotAskedFor) {
  storage::Columns columns = read().value();
  columns.columns.erase(columns.columns.begin() + 1, columns.columns.end() - 1);
  FieldDataList out;
  fields_from_columns(schema, columns, out);
  ASSERT_EQ(out.size(), 2);
  EXPECT_EQ(out.at(0).field_name(), "id");
  EXPECT_EQ(out.at(1).field_name(), "vector");
}

TEST_F(AllTypes, KeepTheBitsOfEveryFiniteNumber) {
  const std::vector<float> floats = {-0.0F, std::numeric_limits<float>::denorm_min(), 0.1F};
  const std::vector<double> doubles = {-0.0, std::numeric_limits<double>::denorm_min(), 0.1};
  for (int i = 0; i < static_cast<int>(kRows); ++i) {
    scalars("float").mutable_float_data()->set_data(i, floats[static_cast<std::size_t>(i)]);
    scalars("double").mutable_double_data()->set_data(i, doubles[static_cast<std::size_t>(i)]);
  }
  const storage::Columns columns = read().value();
  const auto& read_floats = std::get<std::vector<float>>(columns.columns.at(5).values);
  const auto& read_doubles = std::get<std::vector<double>>(columns.columns.at(6).values);
  for (std::size_t i = 0; i < kRows; ++i) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(read_floats[i]),
              std::bit_cast<std::uint32_t>(floats[i]));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read_doubles[i]),
              std::bit_cast<std::uint64_t>(doubles[i]));
  }
}

TEST_F(AllTypes, AreRefusedBeyondTheRangeOfNarrowIntegers) {
  for (const auto& [name, wrong] : std::vector<std::pair<std::string, std::int32_t>>{
           {"int8", 128},
           {"int8", -129},
           {"int8", std::numeric_limits<std::int32_t>::max()},
           {"int16", 32'768},
           {"int16", -32'769},
           {"int16", std::numeric_limits<std::int32_t>::min()}}) {
    const std::int32_t right = std::exchange(ints(name)[1], wrong);
    expect_sentence("a value of field " + name + " is out of its range");
    ints(name)[1] = right;
  }
  EXPECT_TRUE(read().has_value());
}

TEST_F(AllTypes, AreRefusedIfNotFinite) {
  constexpr double kNot = std::numeric_limits<double>::quiet_NaN();
  scalars("float").mutable_float_data()->set_data(2, kNaN);
  expect_sentence("value 'NaN' of field float is not a number or infinity");
  scalars("float").mutable_float_data()->set_data(2, -kInfinity);
  expect_sentence("value 'Inf' of field float is not a number or infinity");
  scalars("float").mutable_float_data()->set_data(2, 1);
  scalars("double").mutable_double_data()->set_data(0, kNot);
  expect_sentence("value 'NaN' of field double is not a number or infinity");
}

TEST_F(AllTypes, AreRefusedWithAnotherNumberOfValuesThanRows) {
  for (const wire::FieldInfo& info : schema.fields) {
    const schema::FieldData whole = field(info.name);
    const bool is_vector = info.type == storage::FieldType::float_vector;
    field(info.name).clear_scalars();
    if (is_vector) vectors().Truncate(4);
    expect_sentence("the length of field data (" + info.name + ") is not num_rows");
    field(info.name) = whole;
  }
  ints("int16").Add(5);
  expect_sentence("the length of field data (int16) is not num_rows");
  ints("int16").RemoveLast();
  expect_sentence("the length of field data (id) is not num_rows", kRows + 1);
  expect_sentence("num_rows should be greater than 0", 0);
}

TEST_F(AllTypes, AreRefusedWithVectorsThatDoNotFit) {
  vectors().Add(1);
  expect_sentence("field 108: the last vector is incomplete");
  vectors().RemoveLast();
  field("vector").mutable_vectors()->set_dim(3);
  expect_sentence("the dim (3) of field data(vector) is not equal to schema dim (2)");
  field("vector").clear_vectors();
  expect_sentence("the dim (0) of field data(vector) is not equal to schema dim (2)");
}

TEST_F(AllTypes, AreRefusedWithAFieldMissing) {
  for (int i = 0; i < fields.size(); ++i) {
    FieldDataList others = fields;
    others.DeleteSubrange(i, 1);
    const Status status = status_of(columns_from_fields(schema, others, kRows));
    EXPECT_EQ(status.message(), "field " + fields.at(i).field_name() + " is missing");
    EXPECT_EQ(status.milvus_code(), 1100);
  }
}

TEST_F(AllTypes, AreRefusedWithAFieldTooMany) {
  *fields.Add() = fields.at(2);
  expect_sentence("field int8 comes twice");
  fields.at(9).set_field_name("unheard-of");
  expect_sentence("field unheard-of is not in the schema");
  fields.at(9).set_field_name(std::string(1'000, 'f'));
  expect_sentence("field " + std::string(256, 'f') + "... is not in the schema");
}

TEST_F(AllTypes, AreRefusedAsAnotherType) {
  for (const wire::FieldInfo& info : schema.fields) {
    const schema::DataType right = field(info.name).type();
    for (const schema::DataType wrong : {schema::None, schema::Int32, schema::Double}) {
      if (wrong == right) continue;
      field(info.name).set_type(wrong);
      expect_sentence("the data type of field " + info.name + " is not the schema's");
    }
    field(info.name).set_type(right);
  }
  // It says one type and carries another.
  scalars("int8").mutable_long_data()->add_data(1);
  expect_sentence("the length of field data (int8) is not num_rows");
}

TEST(Fields, KeysBecomeIdsOfTheirType) {
  schema::IDs numbers;
  ids_from_keys(storage::PrimaryKeys(ends<std::int64_t>()), numbers);
  EXPECT_EQ(numbers.int_id().data_size(), 3);
  EXPECT_EQ(numbers.int_id().data(0), std::numeric_limits<std::int64_t>::min());
  schema::IDs texts;
  ids_from_keys(storage::PrimaryKeys(std::vector<std::string>{"king", ""}), texts);
  EXPECT_EQ(texts.str_id().data_size(), 2);
  EXPECT_EQ(texts.str_id().data(0), "king");
}

}  // namespace
}  // namespace eyrie::proxy
