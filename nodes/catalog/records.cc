#include "nodes/catalog/records.h"

#include "runtime/check.h"

namespace eyrie::catalog {

Bytes encode_record(const google::protobuf::MessageLite& record) {
  Bytes bytes;
  EYRIE_CHECK(record.SerializeToString(&bytes));
  return bytes;
}

Status decode_record_into(const std::string& key, BytesView value,
                          google::protobuf::MessageLite& record) {
  if (record.ParseFromArray(value.data(), static_cast<int>(value.size()))) return {};
  return Status(Code::data_loss,
                "metadata key '" + key + "' does not hold a " + std::string(record.GetTypeName()));
}

}  // namespace eyrie::catalog
