#include "storage/format/encode.h"

#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "runtime/check.h"

namespace eyrie::storage {

Bytes encode(const google::protobuf::MessageLite& message) {
  Bytes bytes;
  bytes.reserve(message.ByteSizeLong());
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  EYRIE_CHECK(message.SerializeToCodedStream(&coded), "a message beyond 2 GiB");
  coded.Trim();
  return bytes;
}

Status decode_into(google::protobuf::MessageLite& message, BytesView bytes, std::string_view what) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::data_loss, std::string(what) + " does not decode");
  }
  return {};
}

}  // namespace eyrie::storage
