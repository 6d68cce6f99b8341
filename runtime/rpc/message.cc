#include "runtime/rpc/message.h"

#include <climits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "runtime/check.h"
#include "runtime/rpc/frame.h"

namespace eyrie::rpc {

Bytes encode_message(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  EYRIE_CHECK(size <= INT_MAX, message.GetTypeName());
  Bytes bytes;
  bytes.reserve(size + kHeaderBytesRoom);
  bytes.resize_and_overwrite(size, [&](char* data, std::size_t) {
    google::protobuf::io::ArrayOutputStream sink(data, static_cast<int>(size));
    google::protobuf::io::CodedOutputStream out(&sink);
    out.SetSerializationDeterministic(true);
    message.SerializeWithCachedSizes(&out);
    EYRIE_CHECK(!out.HadError(), message.GetTypeName());
    return size;
  });
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
