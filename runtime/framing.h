// Framing: messages over a stream of bytes, in both worlds.
//
// Each side first sends the preface, 4 bytes of magic and the version of this format; then frames:
//   length    u32, little endian: bytes of the payload, at most the limit
//   checksum  u32, little endian: CRC32C of the length's four bytes and the payload
//   payload
// The checksum covers the length, so that a run of zeros is not an empty message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie {

inline constexpr BytesView kFramePreface{"EYRF\x01", 5};
inline constexpr std::size_t kFrameHeaderBytes = 8;

// Appends the message as a frame. It must be below 4 GiB; limits are the sender's to keep.
void append_frame(Bytes& out, BytesView message);

// Turns a peer's bytes, cut anywhere, back into messages. Pure; any bytes at all give messages or
// an error, and memory grows with the bytes fed, not with the lengths they claim.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  // Appends the messages that these bytes complete. unsupported: no preface of ours, or of another
  // version; resource_exhausted: beyond the limit; data_loss: the checksum differs. After an error
  // every call gives the same one; messages completed before it stand.
  Status feed(BytesView bytes, std::deque<Bytes>& messages);

  // True where a stream may end in order: nothing is half-received.
  bool at_boundary() const;

 private:
  enum class Part : std::uint8_t { preface, header, payload };

  // Moves bytes into head_ until it has `size`; false when they ran out.
  bool fill_head(BytesView& bytes, std::size_t size);
  Status check_preface() const;
  Status begin_payload();
  Status end_payload(std::deque<Bytes>& messages);
  Status step(BytesView& bytes, std::deque<Bytes>& messages);

  std::size_t message_bytes_max_;
  Part part_ = Part::preface;
  std::array<char, kFrameHeaderBytes> head_{};  // of the preface or a header, as far as received
  std::size_t head_bytes_ = 0;
  std::size_t payload_bytes_ = 0;
  Bytes payload_;
  Status error_;
};

}  // namespace eyrie
