// Frame: one message of the RPC layer on a connection, a header and a payload.
//
//   payload | header (proto/header.proto) | u32 length of the header, little endian
//
// The header stands behind the payload so that a payload is never copied: encoding appends to it,
// decoding cuts the end off. Whoever makes a payload reserves kHeaderBytesRoom behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/rpc/proto/header.pb.h"
#include "runtime/rpc/types.h"
#include "runtime/status.h"

namespace eyrie::rpc {

inline constexpr std::uint32_t kProtocolVersion = 1;
// Room that most headers fit into.
inline constexpr std::size_t kHeaderBytesRoom = 128;
// A longer header (its method and status message are the only long fields) is refused.
inline constexpr std::size_t kHeaderBytesMax = 64u << 10;

// Sets the header's protocol_version and appends it. A status message is cut to what fits.
Bytes encode_frame(wire::Header& header, Bytes payload);
// Cuts the payload out of `frame` and fills `header`; invalid_argument for bytes that no peer of
// any version sends. The version is not judged here.
Status decode_frame(Bytes& frame, wire::Header& header);

// unsupported, naming both versions, unless the header's is ours.
Status check_version(const wire::Header& header);

// The first message of each side; `refusal` of the server's says why it will not talk.
Bytes encode_hello(const Identity& self, const Status& refusal);
// failed_precondition, naming both, unless the peer's hello is of the cluster `ours`.
Status check_cluster(const wire::Header& hello, std::string_view ours);

// A Status crosses unchanged: code, message, Milvus code. A code unknown here becomes Code::unknown
// (its category cannot be known, and unknown outcome promises least).
void set_status(wire::Header& header, const Status& status);
Status get_status(const wire::Header& header);

}  // namespace eyrie::rpc
