// Envelope: the frame around everything that is stored as a whole.
//
//   offset  size  field
//   0       4     magic, four letters that name the kind
//   4       2     format version, from 1 on
//   6       2     zero
//   8       8     length of the payload
//   16      4     CRC32C of bytes 0 to 15 and the payload
//   20      n     payload
//
// Integers are little endian. The frame itself never changes, so that any build can tell damage
// (data_loss) from bytes of a newer build (unsupported).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::storage {

struct EnvelopeKind {
  std::string_view magic;     // four letters
  std::string_view name;      // as messages say it: "delta log"
  std::uint16_t version = 1;  // the one that is written, and the newest that is read
};

inline constexpr std::size_t kEnvelopeHeaderBytes = 20;

Bytes seal_envelope(const EnvelopeKind& kind, BytesView payload);

// What bytes say that begin as an envelope does, whatever is behind that; 0: they do not.
std::uint16_t envelope_version(BytesView bytes);

struct OpenedEnvelope {
  std::uint16_t version = 0;
  BytesView payload;  // inside the given bytes
};

// data_loss: not such an envelope, or damaged, or followed by other bytes. unsupported: whole, but
// of a version this build does not know.
Result<OpenedEnvelope> open_envelope(const EnvelopeKind& kind, BytesView bytes);

}  // namespace eyrie::storage
