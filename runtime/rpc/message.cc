#include "runtime/rpc/message.h"

#include <climits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "runtime/check.h"

namespace eyrie::rpc {

static_assert(kPayloadBytesMax <= INT_MAX, "Protobuf counts in int");

Result<Bytes> encode_message(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > kPayloadBytesMax) {
    return fail(Code::invalid_argument,
                "a " + message.GetTypeName() + " of " + std::to_string(size) +
                    " bytes is above the limit of a message, " + std::to_string(kPayloadBytesMax));
  }
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
