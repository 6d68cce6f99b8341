// Messages to bytes and back. The one way that storage serializes: deterministic, so that equal
// messages are equal bytes in every build and hashes of runs can be compared.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::storage {

Bytes encode(const google::protobuf::MessageLite& message);

// data_loss, naming `what`, if the bytes are not such a message.
Status decode_into(google::protobuf::MessageLite& message, BytesView bytes, std::string_view what);

template <class Message>
Result<Message> decode(BytesView bytes, std::string_view what) {
  Message message;
  EYRIE_RETURN_IF_ERROR(decode_into(message, bytes, what));
  return message;
}

}  // namespace eyrie::storage
