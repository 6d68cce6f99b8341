// Schema: what a collection's fields are, read from Milvus's CollectionSchema message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nodes/proto/milvus/schema.pb.h"
#include "runtime/bytes.h"
#include "storage/format/columns.h"

namespace eyrie::wire {

struct FieldInfo {
  storage::FieldId id;
  std::string name;
  storage::FieldType type = storage::FieldType::int64;
  std::int32_t dimension = 0;   // of a float vector
  std::int32_t max_length = 0;  // of a varchar, in bytes
};

// Of a varchar whose schema names no max_length, and the most that one may name; as in Milvus.
inline constexpr std::int32_t kMaxLengthMax = 65'535;

// Exactly one key (Int64 or VarChar) and one float vector; fields in order of their ids.
struct Schema {
  std::vector<FieldInfo> fields;
  std::size_t key_index = 0;
  std::size_t vector_index = 0;

  const FieldInfo& key() const { return fields[key_index]; }
  const FieldInfo& vector() const { return fields[vector_index]; }
  const FieldInfo* find(const std::string& name) const;
  const FieldInfo* find(storage::FieldId id) const;
};

// Gives every field its id (100, 101, ...), after checking that the schema is one we can serve;
// invalid_argument in Milvus's words otherwise.
Status complete_schema(milvus::proto::schema::CollectionSchema& schema);
// Of a schema that complete_schema accepted; data_loss otherwise.
Result<Schema> read_schema(BytesView encoded);

}  // namespace eyrie::wire
