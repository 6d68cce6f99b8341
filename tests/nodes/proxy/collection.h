// The collection of the proxy's tests: a text key of at most 8 bytes, a vector of dimension 2 and a
// number; in Milvus's own words.
#pragma once

#include <string>
#include <vector>

#include "nodes/proxy/metadata.h"
#include "nodes/wire/schema.h"

namespace eyrie::proxy {

inline milvus::proto::schema::CollectionSchema make_schema() {
  namespace schema = milvus::proto::schema;
  schema::CollectionSchema collection;
  const auto add = [&](const char* name, schema::DataType type, const char* key,
                       const char* value) -> schema::FieldSchema& {
    schema::FieldSchema* field = collection.add_fields();
    field->set_name(name);
    field->set_data_type(type);
    if (key != nullptr) {
      field->add_type_params()->set_key(key);
      field->mutable_type_params(0)->set_value(value);
    }
    return *field;
  };
  add("word", schema::VarChar, "max_length", "8").set_is_primary_key(true);
  add("vector", schema::FloatVector, "dim", "2");
  add("weight", schema::Double, nullptr, nullptr);
  EYRIE_CHECK(wire::complete_schema(collection).ok());
  return collection;
}

inline Collection make_collection(std::string metric = "L2") {
  Collection collection;
  collection.record.set_id(5);
  collection.record.set_name("words");
  collection.record.mutable_index()->set_metric_type(std::move(metric));
  collection.schema = wire::read_schema(make_schema().SerializeAsString()).value();
  return collection;
}

}  // namespace eyrie::proxy
