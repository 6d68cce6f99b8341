// Protobuf messages as payloads.
#pragma once

#include <string>

#include <google/protobuf/message_lite.h>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::rpc {

// Deterministic (maps in key order), with room behind for a frame's header.
Bytes encode_message(const google::protobuf::MessageLite& message);

// invalid_argument, naming the type, if the bytes are not one.
Status decode_message_into(BytesView bytes, google::protobuf::MessageLite& message);

template <class Message>
Result<Message> decode_message(BytesView bytes) {
  Message message;
  EYRIE_RETURN_IF_ERROR(decode_message_into(bytes, message));
  return message;
}

}  // namespace eyrie::rpc
