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
#include <vector>

#include "runtime/bytes.h"
#include "runtime/rpc/proto/header.pb.h"
#include "runtime/rpc/types.h"
#include "runtime/status.h"

namespace eyrie::rpc {

// What is not said to be of a version is of this one.
inline constexpr std::uint32_t kOldestProtocol = 1;
// From this one on methods go by number.
inline constexpr std::uint32_t kNumberedMethods = 2;
// Room that most headers fit into.
inline constexpr std::size_t kHeaderBytesRoom = 128;
// A longer header (its method and status message are the only long fields) is refused.
inline constexpr std::size_t kHeaderBytesMax = 64u << 10;

// Appends the header, whose protocol_version is the oldest unless it names one. A status message is
// cut to what fits.
Bytes encode_frame(wire::Header& header, Bytes payload);
// Cuts the payload out of `frame` and fills `header`; invalid_argument for bytes that no peer of
// any version sends. The version is not judged here.
Status decode_frame(Bytes& frame, wire::Header& header);

// unsupported, naming both versions, unless the header's is the connection's.
Status check_version(const wire::Header& header, std::uint32_t connection);

// The first message: who we are, and which versions we speak.
Bytes encode_hello(const Identity& self);
// The server's, which says which version the connection has, and its methods from
// kNumberedMethods on; or in `refusal` why it will not talk.
Bytes encode_answer(const Identity& self, std::uint32_t protocol,
                    const std::vector<std::string_view>& methods);
Bytes encode_refusal(const Identity& self, const Status& refusal);
// The highest version that a client's hello and we speak; unsupported, naming both, if there is
// none.
Result<std::uint32_t> choose_protocol(const wire::Header& hello, Protocols ours);
// What a server chose; unsupported, naming both, if we do not speak it.
Result<std::uint32_t> chosen_protocol(const wire::Header& answer, Protocols ours);
// failed_precondition, naming both, unless the peer's hello is of the cluster `ours`.
Status check_cluster(const wire::Header& hello, std::string_view ours);

// A Status crosses unchanged: code, message, Milvus code. A code unknown here becomes Code::unknown
// (its category cannot be known, and unknown outcome promises least).
void set_status(wire::Header& header, const Status& status);
Status get_status(const wire::Header& header);

}  // namespace eyrie::rpc
