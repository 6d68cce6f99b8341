#include "runtime/rpc/frame.h"

#include "runtime/check.h"

namespace eyrie::rpc {

namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kClusterBytesShown = 128;
// Leaves the other fields of a response more than they need.
constexpr std::size_t kStatusMessageBytesMax = kHeaderBytesMax / 2;

}  // namespace

Bytes encode_frame(wire::Header& header, Bytes payload) {
  header.set_protocol_version(kProtocolVersion);
  const std::size_t length = header.ByteSizeLong();
  EYRIE_CHECK(length <= kHeaderBytesMax, "a method's name or a cluster's is absurdly long");
  const std::size_t body = payload.size();
  payload.resize(body + length + kLengthBytes);
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(payload.data() + body));
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    payload[body + length + i] = static_cast<char>((length >> (8 * i)) & 0xFF);
  }
  return payload;
}

Status decode_frame(Bytes& frame, wire::Header& header) {
  if (frame.size() < kLengthBytes) {
    return Status(Code::invalid_argument, "a frame of " + std::to_string(frame.size()) + " bytes");
  }
  const std::size_t body = frame.size() - kLengthBytes;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(frame[body + i])) << (8 * i);
  }
  if (length > body || length > kHeaderBytesMax) {
    return Status(Code::invalid_argument, "a header of " + std::to_string(length) +
                                              " bytes in a frame of " +
                                              std::to_string(frame.size()));
  }
  const std::size_t payload = body - length;
  if (!header.ParseFromArray(frame.data() + payload, static_cast<int>(length))) {
    return Status(Code::invalid_argument, "a header that is not one");
  }
  frame.resize(payload);
  return {};
}

Status check_version(const wire::Header& header) {
  if (header.protocol_version() == kProtocolVersion) return {};
  return Status(Code::unsupported, "protocol version " + std::to_string(header.protocol_version()) +
                                       " of the peer, version " + std::to_string(kProtocolVersion) +
                                       " here");
}

Bytes encode_hello(const Identity& self, const Status& refusal) {
  wire::Header hello;
  hello.set_kind(wire::KIND_HELLO);
  hello.set_cluster(self.cluster);
  hello.set_sender_node(self.node.value);
  hello.set_sender_incarnation(self.incarnation.value);
  set_status(hello, refusal);
  return encode_frame(hello, Bytes());
}

Status check_cluster(const wire::Header& hello, std::string_view ours) {
  if (hello.cluster() == ours) return {};
  return Status(Code::failed_precondition,
                "cluster '" + hello.cluster().substr(0, kClusterBytesShown) +
                    "' of the peer, cluster '" + std::string(ours) + "' here");
}

void set_status(wire::Header& header, const Status& status) {
  if (status.ok()) {
    header.clear_status();
    return;
  }
  wire::Status& out = *header.mutable_status();
  out.set_code(static_cast<std::uint32_t>(status.code()));
  out.set_message(status.message().substr(0, kStatusMessageBytesMax));
  out.set_milvus_code(status.milvus_code());
}

Status get_status(const wire::Header& header) {
  if (!header.has_status()) return {};
  const wire::Status& in = header.status();
  if (in.code() == static_cast<std::uint32_t>(Code::ok)) return {};
  // name_of() knows every code of this build; anything past the last is another build's.
  const Code code = in.code() <= static_cast<std::uint32_t>(Code::internal)
                        ? static_cast<Code>(in.code())
                        : Code::unknown;
  return Status(code, in.message()).with_milvus_code(in.milvus_code());
}

}  // namespace eyrie::rpc
