#include "storage/format/encode.h"

#include <limits>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "runtime/check.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kMessageBytesMax = std::numeric_limits<int>::max();  // of Protobuf

}  // namespace

Bytes encode(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  EYRIE_CHECK(size <= kMessageBytesMax, "a message beyond 2 GiB");
  Bytes bytes;
  bytes.resize_and_overwrite(size, [&](char* data, std::size_t) {
    google::protobuf::io::ArrayOutputStream stream(data, static_cast<int>(size));
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeWithCachedSizes(&coded);
    EYRIE_CHECK(!coded.HadError(), "the message is larger than it said");
    return size;
  });
  return bytes;
}

Status decode_into(google::protobuf::MessageLite& message, BytesView bytes, std::string_view what) {
  if (bytes.size() > kMessageBytesMax ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Status(Code::data_loss, std::string(what) + " does not decode");
  }
  return {};
}

}  // namespace eyrie::storage
