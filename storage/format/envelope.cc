#include "storage/format/envelope.h"

#include <string>

#include "runtime/check.h"
#include "runtime/crc32c.h"
#include "storage/format/little_endian.h"

namespace eyrie::storage {

namespace {

constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kZeroAt = 6;
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kChecksumAt = 16;

std::uint32_t checksum(BytesView header, BytesView payload) {
  return crc32c(payload, crc32c(header.substr(0, kChecksumAt)));
}

std::unexpected<Status> damaged(const EnvelopeKind& kind, std::string_view how) {
  return fail(Code::data_loss, std::string(kind.name) + " is damaged: " + std::string(how));
}

}  // namespace

Bytes seal_envelope(const EnvelopeKind& kind, BytesView payload) {
  EYRIE_CHECK(kind.magic.size() == kVersionAt, "a magic is four letters");
  Bytes bytes;
  bytes.reserve(kEnvelopeHeaderBytes + payload.size());
  bytes.append(kind.magic);
  append_little_endian(bytes, kind.version);
  append_little_endian(bytes, std::uint16_t{0});
  append_little_endian(bytes, std::uint64_t{payload.size()});
  append_little_endian(bytes, checksum(bytes, payload));
  bytes.append(payload);
  return bytes;
}

std::uint16_t envelope_version(BytesView bytes) {
  const bool whole =
      bytes.size() >= kEnvelopeHeaderBytes && bytes.starts_with("EY") &&
      load_little_endian<std::uint64_t>(bytes, kLengthAt) == bytes.size() - kEnvelopeHeaderBytes;
  return whole ? load_little_endian<std::uint16_t>(bytes, kVersionAt) : 0;
}

Result<OpenedEnvelope> open_envelope(const EnvelopeKind& kind, BytesView bytes) {
  if (bytes.size() < kEnvelopeHeaderBytes) return damaged(kind, "it is shorter than its header");
  if (!bytes.starts_with(kind.magic)) return damaged(kind, "it does not begin with its magic");
  const BytesView payload = bytes.substr(kEnvelopeHeaderBytes);
  if (load_little_endian<std::uint64_t>(bytes, kLengthAt) != payload.size()) {
    return damaged(kind, "its length is not the one it was written with");
  }
  if (load_little_endian<std::uint32_t>(bytes, kChecksumAt) != checksum(bytes, payload)) {
    return damaged(kind, "its checksum does not match");
  }
  const auto version = load_little_endian<std::uint16_t>(bytes, kVersionAt);
  const auto zero = load_little_endian<std::uint16_t>(bytes, kZeroAt);
  if (version == 0 || version > kind.version || zero != 0) {
    return fail(Code::unsupported, std::string(kind.name) + " has format version " +
                                       std::to_string(version) + "; this build reads up to " +
                                       std::to_string(kind.version));
  }
  return OpenedEnvelope{version, payload};
}

}  // namespace eyrie::storage
