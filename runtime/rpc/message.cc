#include "runtime/rpc/message.h"

#include <climits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "runtime/check.h"
#include "runtime/rpc/frame.h"

namespace eyrie::rpc {

Bytes encode_message(const google::protobuf::MessageLite& message) {
  Bytes bytes;
  bytes.reserve(message.ByteSizeLong() + kHeaderBytesRoom);
  google::protobuf::io::StringOutputStream sink(&bytes);
  {
    google::protobuf::io::CodedOutputStream out(&sink);
    out.SetSerializationDeterministic(true);
    EYRIE_CHECK(message.SerializeToCodedStream(&out), message.GetTypeName());
  }
  return bytes;
}

Status decode_message_into(BytesView bytes, google::protobuf::MessageLite& message) {
  if (bytes.size() <= INT_MAX &&
      message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return {};
  }
  return Status(Code::invalid_argument,
                std::to_string(bytes.size()) + " bytes are not a valid " + message.GetTypeName());
}

}  // namespace eyrie::rpc
