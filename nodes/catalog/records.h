// The catalog's records as bytes.
#pragma once

#include <string>

#include "nodes/proto/catalog.pb.h"
#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::catalog {

// Deterministic: records have no maps.
Bytes encode_record(const google::protobuf::MessageLite& record);
Status decode_record_into(const std::string& key, BytesView value,
                          google::protobuf::MessageLite& record);

// data_loss, naming the key, if the bytes are no such record.
template <class Record>
Result<Record> decode_record(const std::string& key, BytesView value) {
  Record record;
  EYRIE_RETURN_IF_ERROR(decode_record_into(key, value, record));
  return record;
}

}  // namespace eyrie::catalog
