// Protobuf messages as payloads.
#pragma once

#include <string>

#include <google/protobuf/message_lite.h>

#include "runtime/bytes.h"
#include "runtime/network.h"
#include "runtime/rpc/frame.h"
#include "runtime/status.h"

namespace eyrie::rpc {

// The largest payload that a connection takes, whatever the header behind it.
inline constexpr std::size_t kPayloadBytesMax = kMessageBytesMax - kHeaderBytesMax - 16;

// Deterministic (maps in key order), with room behind for a frame's header. invalid_argument,
// naming the type, beyond kPayloadBytesMax.
Result<Bytes> encode_message(const google::protobuf::MessageLite& message);

// invalid_argument, naming the type, if the bytes are not one.
Status decode_message_into(BytesView bytes, google::protobuf::MessageLite& message);

template <class Message>
Result<Message> decode_message(BytesView bytes) {
  Message message;
  EYRIE_RETURN_IF_ERROR(decode_message_into(bytes, message));
  return message;
}

}  // namespace eyrie::rpc
