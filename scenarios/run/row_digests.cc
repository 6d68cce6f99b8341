#include "scenarios/run/row_digests.h"

#include <type_traits>
#include <utility>
#include <variant>
#include <xxhash.h>

#include "nodes/wire/schema.h"
#include "storage/format/binlog.h"
#include "storage/format/delta_log.h"

namespace eyrie::scenarios {

namespace {

std::uint64_t digest(const void* data, std::size_t bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data, bytes, seed);
}

std::uint64_t digest_of(const storage::PrimaryKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key.value)) {
    return digest(number, sizeof(*number), 1);
  }
  const auto& text = std::get<std::string>(key.value);
  return digest(text.data(), text.size(), 2);
}

// Adds what each row has in this column to its digest.
struct AddColumn {
  std::uint64_t field = 0;
  std::vector<std::uint64_t>& digests;

  void add(std::size_t row, const void* data, std::size_t bytes) {
    digests[row] = digest(data, bytes, digests[row] ^ field);
  }
  void operator()(const storage::FloatVectors& vectors) {
    const auto dimension = static_cast<std::size_t>(vectors.dimension);
    for (std::size_t row = 0; row < digests.size(); ++row) {
      add(row, vectors.values.data() + row * dimension, dimension * sizeof(float));
    }
  }
  void operator()(const std::vector<std::string>& texts) {
    for (std::size_t row = 0; row < digests.size(); ++row) {
      add(row, texts[row].data(), texts[row].size());
    }
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  void operator()(const std::vector<T>& numbers) {
    for (std::size_t row = 0; row < digests.size(); ++row) add(row, &numbers[row], sizeof(T));
  }
};

}  // namespace

void RowDigests::learn(storage::CollectionId collection, BytesView schema) {
  if (const auto read = wire::read_schema(schema)) key_fields_[collection] = read->key().id;
}

std::vector<StoredRow> RowDigests::rows_of(
    storage::CollectionId collection, const storage::Columns& rows,
    const std::vector<storage::Timestamp>& timestamps) const {
  std::vector<StoredRow> found;
  const auto field = key_fields_.find(collection);
  if (field == key_fields_.end()) return found;
  const auto keys = storage::keys_of(rows, field->second);
  if (!keys || keys->size() != timestamps.size()) return found;
  std::vector<std::uint64_t> digests(keys->size());
  for (const storage::Column& column : rows.columns) {
    std::visit(AddColumn{static_cast<std::uint64_t>(column.field.value), digests}, column.values);
  }
  for (std::size_t row = 0; row < keys->size(); ++row) {
    found.push_back({digest_of(keys->at(row)), static_cast<std::uint64_t>(timestamps[row].value),
                     digests[row]});
  }
  return found;
}

std::vector<std::uint64_t> RowDigests::keys_of(const storage::PrimaryKeys& keys) {
  std::vector<std::uint64_t> found;
  for (std::size_t i = 0; i < keys.size(); ++i) found.push_back(digest_of(keys.at(i)));
  return found;
}

StoredRowsRef RowDigests::of_binlog(const std::string& name, BytesView bytes) {
  StoredRowsRef& known = files_[name];
  if (known != nullptr) return known;
  const auto binlog = storage::decode_binlog(bytes);
  if (!binlog) return nullptr;
  std::vector<StoredRow> rows =
      rows_of(binlog->place.collection, binlog->columns, binlog->timestamps);
  if (!rows.empty()) known = std::make_shared<const std::vector<StoredRow>>(std::move(rows));
  return known;
}

StoredRowsRef RowDigests::of_delta_log(const std::string& name, BytesView bytes) {
  StoredRowsRef& known = files_[name];
  if (known != nullptr) return known;
  const auto log = storage::decode_delta_log(bytes);
  if (!log) return nullptr;
  std::vector<StoredRow> deletes;
  const std::vector<std::uint64_t> keys = keys_of(log->keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    deletes.push_back({keys[i], static_cast<std::uint64_t>(log->timestamps[i].value), 0});
  }
  known = std::make_shared<const std::vector<StoredRow>>(std::move(deletes));
  return known;
}

}  // namespace eyrie::scenarios
