// Table: a collection with a column of each type that a proxy takes, in Milvus's words. Every value
// of a row follows from the row's number, so that what is read can be compared with what was
// written, bit by bit, and what a search finds with a look through all rows.
#pragma once

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "nodes/proto/milvus/milvus.pb.h"

namespace eyrie::scenarios {

namespace pb = milvus::proto::milvus;
namespace schema = milvus::proto::schema;
namespace common = milvus::proto::common;

inline constexpr char kName[] = "words";

struct Kind {
  std::string name;
  schema::DataType key = schema::VarChar;  // or Int64
  std::string index;
  std::string metric;

  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};

using RowNumbers = std::vector<int>;  // each below Table::kRowsMax
RowNumbers row_numbers(int first, int count);

class Table {
 public:
  static constexpr int kRowsMax = 1'000;
  static constexpr int kDimension = 8;
  static constexpr int kSpecialKeys = 6;  // the first rows have the keys that are hard to write

  explicit Table(Kind kind);

  const Kind& kind() const { return kind_; }
  pb::CreateCollectionRequest create(int shards) const;
  pb::InsertRequest insert(const RowNumbers& rows) const;
  // "key in [...]", "key == ...".
  std::string one_of(const RowNumbers& rows) const;
  std::string is(int row) const;
  // Strong, and every column.
  pb::QueryRequest query(std::string expression) const;
  // The nearest to that row's vector.
  pb::SearchRequest search(int row, int limit) const;

  // In the order of the answer. A row that is none of ours, or has other values, fails the test.
  RowNumbers read(const pb::QueryResults& answer) const;
  RowNumbers read(const pb::SearchResults& answer) const;
  // As Milvus reports it (index/views.h); exact, for the vectors are of small whole numbers.
  float score(int query, int row) const;
  // The best scores of these rows, best first.
  std::vector<float> best_scores(int query, const std::set<int>& rows, std::size_t limit) const;

 private:
  using Fields = google::protobuf::RepeatedPtrField<schema::FieldData>;
  schema::CollectionSchema make_schema() const;
  Fields fields(const RowNumbers& rows) const;
  std::string literal(int row) const;
  void expect_values(const RowNumbers& rows, const Fields& fields) const;

  Kind kind_;
  std::map<std::string, int> rows_;  // by their key, as expressions have it
};

}  // namespace eyrie::scenarios
