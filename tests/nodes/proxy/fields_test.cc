#include "nodes/proxy/fields.h"

#include <limits>

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

}  // namespace
}  // namespace eyrie::proxy
