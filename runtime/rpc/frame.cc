#include "runtime/rpc/frame.h"

#include <algorithm>

#include "runtime/check.h"

namespace eyrie::rpc {

namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kClusterBytesShown = 128;
// Leaves the other fields of a response more than they need.
constexpr std::size_t kStatusMessageBytesMax = kHeaderBytesMax / 2;

}  // namespace

Bytes encode_frame(wire::Header& header, Bytes payload) {
  if (header.protocol_version() == 0) header.set_protocol_version(kOldestProtocol);
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

Status check_version(const wire::Header& header, std::uint32_t connection) {
  if (header.protocol_version() == connection) return {};
  return Status(Code::unsupported, "protocol version " + std::to_string(header.protocol_version()) +
                                       " of the peer on a connection of version " +
                                       std::to_string(connection));
}

namespace {

std::string words_of(Protocols protocols) {
  if (protocols.lowest == protocols.highest) return "version " + std::to_string(protocols.lowest);
  return "versions " + std::to_string(protocols.lowest) + " to " +
         std::to_string(protocols.highest);
}

std::unexpected<Status> no_common_version(Protocols theirs, Protocols ours) {
  return fail(Code::unsupported,
              "protocol " + words_of(theirs) + " of the peer, " + words_of(ours) +
                  " here; nodes work together with those of the release before or after theirs");
}

wire::Header hello_of(const Identity& self) {
  wire::Header hello;
  hello.set_kind(wire::KIND_HELLO);
  hello.set_cluster(self.cluster);
  hello.set_sender_node(self.node.value);
  hello.set_sender_incarnation(self.incarnation.value);
  return hello;
}

}  // namespace

Bytes encode_hello(const Identity& self) {
  const Protocols protocols = protocols_of(self.release);
  wire::Header hello = hello_of(self);
  hello.set_protocol_version(protocols.lowest);
  if (protocols.highest > protocols.lowest) hello.set_protocol_highest(protocols.highest);
  return encode_frame(hello, Bytes());
}

Bytes encode_answer(const Identity& self, std::uint32_t protocol,
                    const std::vector<std::string_view>& methods) {
  wire::Header hello = hello_of(self);
  hello.set_protocol_version(protocol);
  if (protocol >= kNumberedMethods) {
    for (const std::string_view method : methods) hello.add_methods(std::string(method));
  }
  return encode_frame(hello, Bytes());
}

Bytes encode_refusal(const Identity& self, const Status& refusal) {
  wire::Header hello = hello_of(self);
  hello.set_protocol_version(protocols_of(self.release).lowest);
  set_status(hello, refusal);
  return encode_frame(hello, Bytes());
}

Result<std::uint32_t> choose_protocol(const wire::Header& hello, Protocols ours) {
  const Protocols theirs{hello.protocol_version(),
                         std::max(hello.protocol_version(), hello.protocol_highest())};
  const std::uint32_t chosen = std::min(theirs.highest, ours.highest);
  if (chosen < theirs.lowest || chosen < ours.lowest) return no_common_version(theirs, ours);
  return chosen;
}

Result<std::uint32_t> chosen_protocol(const wire::Header& answer, Protocols ours) {
  const std::uint32_t chosen = answer.protocol_version();
  if (chosen < ours.lowest || chosen > ours.highest) {
    return no_common_version({chosen, chosen}, ours);
  }
  return chosen;
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
