// Rows of the tests' one schema: key (field 100), value (101), a vector of dimension 2 (102).
#pragma once

#include <cstdint>
#include <vector>

#include "nodes/streaming/types.h"
#include "storage/format/binlog.h"

namespace eyrie::test {

using streaming::Columns;
using streaming::FieldId;

inline constexpr FieldId kKeyField{100};
inline constexpr FieldId kValueField{101};
inline constexpr FieldId kVectorField{102};

struct TestRow {
  std::int64_t key = 0;
  std::int64_t value = 0;
  std::vector<float> vector;

  friend bool operator==(const TestRow&, const TestRow&) = default;
};

// A row whose vector is (key, 0).
inline TestRow row_of(std::int64_t key, std::int64_t value) {
  return {key, value, {static_cast<float>(key), 0.0F}};
}

inline Columns make_rows(const std::vector<TestRow>& rows) {
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> values;
  storage::FloatVectors vectors{2, {}};
  for (const TestRow& row : rows) {
    keys.push_back(row.key);
    values.push_back(row.value);
    vectors.values.insert(vectors.values.end(), row.vector.begin(), row.vector.end());
  }
  return {{{kKeyField, keys}, {kValueField, values}, {kVectorField, vectors}}};
}

// Of a segment of collection 5 with these rows, all of timestamp 10.
inline Bytes make_binlog(std::int64_t segment, const std::vector<TestRow>& rows) {
  storage::Binlog made;
  made.place = {storage::CollectionId(5), storage::PartitionId(1), storage::SegmentId(segment)};
  made.timestamps.assign(rows.size(), storage::Timestamp(10));
  made.columns = make_rows(rows);
  return storage::encode_binlog(made, kOldestFormat).value();
}

// Columns that are not there leave zeros.
inline std::vector<TestRow> read_rows(const Columns& columns) {
  std::vector<TestRow> rows(columns.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto* keys = columns.find(kKeyField)) {
      rows[i].key = std::get<std::vector<std::int64_t>>(keys->values)[i];
    }
    if (const auto* values = columns.find(kValueField)) {
      rows[i].value = std::get<std::vector<std::int64_t>>(values->values)[i];
    }
    if (const auto* vectors = columns.find(kVectorField)) {
      const auto& floats = std::get<storage::FloatVectors>(vectors->values).values;
      rows[i].vector = {floats[2 * i], floats[2 * i + 1]};
    }
  }
  return rows;
}

}  // namespace eyrie::test
