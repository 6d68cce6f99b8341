#include "tests/scenarios/cluster_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include <gtest/gtest.h>

#include "nodes/client/client.h"

namespace eyrie::scenarios {

namespace {

constexpr char kKey[] = "key";
constexpr char kVector[] = "vector";
constexpr std::size_t kLabelBytesMax = 8;

// The columns beside key and vector.
struct Column {
  const char* name;
  schema::DataType type;
};
constexpr std::array kColumns = {
    Column{"bool", schema::Bool},     Column{"int8", schema::Int8},
    Column{"int16", schema::Int16},   Column{"int32", schema::Int32},
    Column{"int64", schema::Int64},   Column{"float", schema::Float},
    Column{"double", schema::Double}, Column{"label", schema::VarChar},
};

// The ends of the range come among the first rows, and again and again.
template <class T>
T number_of(int row) {
  switch (row % 5) {
    case 0:
      return std::numeric_limits<T>::lowest();
    case 1:
      return std::numeric_limits<T>::max();
    case 2:
      return static_cast<T>(-0.0);
    case 3:
      return std::numeric_limits<T>::denorm_min();  // 0 of integers
    default:
      return static_cast<T>(static_cast<T>(row % 100) / static_cast<T>(-3));
  }
}

std::string label_of(int row) {
  const std::array<std::string, 3> labels = {"", "12345678", "l" + std::to_string(row)};
  return labels.at(static_cast<std::size_t>(row) % labels.size());
}

std::int64_t integer_key(int row) {
  constexpr std::array<std::int64_t, Table::kSpecialKeys> kSpecial = {
      std::numeric_limits<std::int64_t>::min(),
      std::numeric_limits<std::int64_t>::max(),
      0,
      -1,
      1,
      1'000'000'007};
  return row < Table::kSpecialKeys ? kSpecial.at(static_cast<std::size_t>(row)) : 1'000 + row;
}

std::string text_key(int row) {
  const std::array<std::string, Table::kSpecialKeys> special = {
      "it's", "say \"no\"", "back\\slash", "line\nand\ttab", "k\xc3\xb6nig", ""};
  return row < Table::kSpecialKeys ? special.at(static_cast<std::size_t>(row))
                                   : "w" + std::to_string(row);
}

// As an expression has it.
std::string quoted(const std::string& text) {
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') made += '\\';
    made += c;
  }
  return made + "'";
}

// Some rows share theirs, so that scores tie.
std::vector<float> vector_of(int row) {
  std::vector<float> vector;
  for (int i = 0; i < Table::kDimension; ++i) {
    const int value = (row + 1) * (7 * i + 13) + row / 17 * (i * i + 5);
    vector.push_back(static_cast<float>(value % 19 - 9));
  }
  return vector;
}

float dot(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

float inverse_norm(const std::vector<float>& vector) {
  const float squared = dot(vector, vector);
  return squared > 0 ? 1.0F / std::sqrt(squared) : 0.0F;
}

void add_value(schema::DataType type, int row, schema::ScalarField& out) {
  switch (type) {
    case schema::Bool:
      return out.mutable_bool_data()->add_data(row % 2 == 1);
    case schema::Int8:
      return out.mutable_int_data()->add_data(number_of<std::int8_t>(row));
    case schema::Int16:
      return out.mutable_int_data()->add_data(number_of<std::int16_t>(row));
    case schema::Int32:
      return out.mutable_int_data()->add_data(number_of<std::int32_t>(row));
    case schema::Int64:
      return out.mutable_long_data()->add_data(number_of<std::int64_t>(row));
    case schema::Float:
      return out.mutable_float_data()->add_data(number_of<float>(row));
    case schema::Double:
      return out.mutable_double_data()->add_data(number_of<double>(row));
    case schema::VarChar:
      return out.mutable_string_data()->add_data(label_of(row));
    default:
      ADD_FAILURE() << "a column of another type";
  }
}

void set_parameter(const char* key, std::string value, common::KeyValuePair& pair) {
  pair.set_key(key);
  pair.set_value(std::move(value));
}

}  // namespace

RowNumbers row_numbers(int first, int count) {
  RowNumbers rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Table::Table(Kind kind) : kind_(std::move(kind)) {
  for (int row = 0; row < kRowsMax; ++row) rows_[literal(row)] = row;
}

std::string Table::literal(int row) const {
  return kind_.key == schema::Int64 ? std::to_string(integer_key(row)) : quoted(text_key(row));
}

schema::CollectionSchema Table::make_schema() const {
  schema::CollectionSchema made;
  schema::FieldSchema& key = *made.add_fields();
  key.set_name(kKey);
  key.set_data_type(kind_.key);
  key.set_is_primary_key(true);
  for (const Column& column : kColumns) {
    schema::FieldSchema& field = *made.add_fields();
    field.set_name(column.name);
    field.set_data_type(column.type);
    if (column.type != schema::VarChar) continue;
    set_parameter("max_length", std::to_string(kLabelBytesMax), *field.add_type_params());
  }
  schema::FieldSchema& vector = *made.add_fields();
  vector.set_name(kVector);
  vector.set_data_type(schema::FloatVector);
  set_parameter("dim", std::to_string(kDimension), *vector.add_type_params());
  return made;
}

pb::CreateCollectionRequest Table::create(int shards) const {
  pb::CreateCollectionRequest request;
  request.set_collection_name(kName);
  request.set_schema(make_schema().SerializeAsString());
  request.set_shards_num(shards);
  set_parameter("index_type", kind_.index, *request.add_index_params());
  set_parameter("metric_type", kind_.metric, *request.add_index_params());
  set_parameter("M", "8", *request.add_index_params());
  set_parameter("rows_min", "64", *request.add_index_params());
  return request;
}

Table::Fields Table::fields(const RowNumbers& rows) const {
  Fields made;
  schema::FieldData& keys = *made.Add();
  keys.set_field_name(kKey);
  keys.set_type(kind_.key);
  for (const int row : rows) {
    schema::ScalarField& scalars = *keys.mutable_scalars();
    if (kind_.key == schema::Int64) {
      scalars.mutable_long_data()->add_data(integer_key(row));
    } else {
      scalars.mutable_string_data()->add_data(text_key(row));
    }
  }
  for (const Column& column : kColumns) {
    schema::FieldData& field = *made.Add();
    field.set_field_name(column.name);
    field.set_type(column.type);
    for (const int row : rows) add_value(column.type, row, *field.mutable_scalars());
  }
  schema::FieldData& vectors = *made.Add();
  vectors.set_field_name(kVector);
  vectors.set_type(schema::FloatVector);
  vectors.mutable_vectors()->set_dim(kDimension);
  for (const int row : rows) {
    const std::vector<float> vector = vector_of(row);
    vectors.mutable_vectors()->mutable_float_vector()->mutable_data()->Add(vector.begin(),
                                                                           vector.end());
  }
  return made;
}

pb::InsertRequest Table::insert(const RowNumbers& rows) const {
  pb::InsertRequest request;
  request.set_collection_name(kName);
  request.set_num_rows(static_cast<std::uint32_t>(rows.size()));
  *request.mutable_fields_data() = fields(rows);
  return request;
}

std::string Table::one_of(const RowNumbers& rows) const {
  std::string list;
  for (const int row : rows) list += (list.empty() ? "" : ", ") + literal(row);
  return std::string(kKey) + " in [" + list + "]";
}

std::string Table::is(int row) const {
  return std::string(kKey) + " == " + literal(row);
}

pb::QueryRequest Table::query(std::string expression) const {
  pb::QueryRequest request;
  request.set_collection_name(kName);
  request.set_expr(std::move(expression));
  request.add_output_fields("*");
  request.set_consistency_level(common::Strong);
  return request;
}

pb::SearchRequest Table::search(int row, int limit) const {
  pb::SearchRequest request;
  request.set_collection_name(kName);
  request.set_placeholder_group(client::placeholder_group(vector_of(row).data(), kDimension));
  request.set_consistency_level(common::Strong);
  for (const schema::FieldSchema& field : make_schema().fields()) {
    request.add_output_fields(field.name());
  }
  set_parameter("topk", std::to_string(limit), *request.add_search_params());
  return request;
}

void Table::expect_values(const RowNumbers& rows, const Fields& fields_read) const {
  const Fields written = fields(rows);
  EXPECT_EQ(fields_read.size(), written.size());
  for (int i = 0; i < std::min(written.size(), fields_read.size()); ++i) {
    schema::FieldData read = fields_read.at(i);
    read.clear_field_id();
    EXPECT_EQ(read.SerializeAsString(), written.at(i).SerializeAsString())
        << written.at(i).ShortDebugString() << "\nwas written, this was read:\n"
        << read.ShortDebugString();
  }
}

RowNumbers Table::read(const pb::QueryResults& answer) const {
  RowNumbers rows;
  if (answer.fields_data_size() == 0) return rows;
  const schema::ScalarField& keys = answer.fields_data(0).scalars();
  std::vector<std::string> literals;
  for (const std::int64_t key : keys.long_data().data()) literals.push_back(std::to_string(key));
  for (const std::string& key : keys.string_data().data()) literals.push_back(quoted(key));
  for (const std::string& each : literals) {
    const auto found = rows_.find(each);
    if (found == rows_.end()) ADD_FAILURE() << "a key that was never written: " << each;
    rows.push_back(found == rows_.end() ? 0 : found->second);
  }
  expect_values(rows, answer.fields_data());
  return rows;
}

RowNumbers Table::read(const pb::SearchResults& answer) const {
  // The keys come as ids, and among the fields like any other.
  pb::QueryResults rows;
  *rows.mutable_fields_data() = answer.results().fields_data();
  const RowNumbers found = read(rows);
  const schema::IDs& ids = answer.results().ids();
  std::vector<std::string> literals;
  for (const std::int64_t key : ids.int_id().data()) literals.push_back(std::to_string(key));
  for (const std::string& key : ids.str_id().data()) literals.push_back(quoted(key));
  EXPECT_EQ(literals.size(), found.size());
  for (std::size_t i = 0; i < std::min(literals.size(), found.size()); ++i) {
    EXPECT_EQ(literals[i], literal(found[i]));
  }
  return found;
}

float Table::score(int query, int row) const {
  const std::vector<float> a = vector_of(query);
  const std::vector<float> b = vector_of(row);
  if (kind_.metric == "L2") return dot(a, a) - 2 * dot(a, b) + dot(b, b);
  if (kind_.metric == "IP") return dot(a, b);
  return dot(a, b) * inverse_norm(b) * inverse_norm(a);
}

std::vector<float> Table::best_scores(int query, const std::set<int>& rows,
                                      std::size_t limit) const {
  std::vector<float> scores;
  for (const int row : rows) scores.push_back(score(query, row));
  if (kind_.metric == "L2") {
    std::ranges::sort(scores);
  } else {
    std::ranges::sort(scores, std::greater());
  }
  scores.resize(std::min(limit, scores.size()));
  return scores;
}

}  // namespace eyrie::scenarios
