#include "runtime/framing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/check.h"
#include "runtime/crc32c.h"

namespace eyrie {

namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kMagicBytes = kFramePreface.size() - 1;
// A claimed length is trusted with this much memory before its bytes have come.
constexpr std::size_t kReserveBytesMax = std::size_t{1} << 16;

void put_u32(char* out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>((value >> (8 * i)) & 0xff);
}

std::uint32_t get_u32(const char* in) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  }
  return value;
}

std::uint32_t checksum(BytesView length, BytesView payload) {
  return crc32c(payload, crc32c(length));
}

}  // namespace

void append_frame(Bytes& out, BytesView message) {
  EYRIE_CHECK(message.size() <= UINT32_MAX, "a frame's length has 32 bits");
  std::array<char, kFrameHeaderBytes> header;
  put_u32(header.data(), static_cast<std::uint32_t>(message.size()));
  put_u32(header.data() + kLengthBytes, checksum({header.data(), kLengthBytes}, message));
  out.append(header.data(), header.size());
  out.append(message);
}

Status FrameDecoder::feed(BytesView bytes, std::deque<Bytes>& messages) {
  while (error_.ok() && !bytes.empty()) error_ = step(bytes, messages);
  return error_;
}

bool FrameDecoder::at_boundary() const {
  return error_.ok() && part_ != Part::payload && head_bytes_ == 0;
}

Status FrameDecoder::step(BytesView& bytes, std::deque<Bytes>& messages) {
  switch (part_) {
    case Part::preface: {
      const bool whole = fill_head(bytes, kFramePreface.size());
      EYRIE_RETURN_IF_ERROR(check_preface());
      if (!whole) return {};
      part_ = Part::header;
      head_bytes_ = 0;
      return {};
    }
    case Part::header:
      if (!fill_head(bytes, kFrameHeaderBytes)) return {};
      EYRIE_RETURN_IF_ERROR(begin_payload());
      return payload_bytes_ == 0 ? end_payload(messages) : Status();
    case Part::payload: {
      const std::size_t taken = std::min(bytes.size(), payload_bytes_ - payload_.size());
      payload_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      return payload_.size() == payload_bytes_ ? end_payload(messages) : Status();
    }
  }
  return {};
}

bool FrameDecoder::fill_head(BytesView& bytes, std::size_t size) {
  const std::size_t taken = std::min(bytes.size(), size - head_bytes_);
  std::copy_n(bytes.data(), taken, head_.data() + head_bytes_);
  bytes.remove_prefix(taken);
  head_bytes_ += taken;
  return head_bytes_ == size;
}

Status FrameDecoder::check_preface() const {
  const BytesView got(head_.data(), head_bytes_);
  if (got.substr(0, kMagicBytes) != kFramePreface.substr(0, std::min(got.size(), kMagicBytes))) {
    // A handshake or an alert of TLS, as their records begin.
    if (got[0] == 0x15 || got[0] == 0x16) {
      return {Code::unsupported,
              "the peer speaks TLS, and this side does not: node.tls_ca_file and the two "
              "beside it are set there"};
    }
    return {Code::unsupported, "the peer does not speak this protocol"};
  }
  if (got.size() > kMagicBytes && got[kMagicBytes] != kFramePreface[kMagicBytes]) {
    return {Code::unsupported, "the peer speaks framing version " +
                                   std::to_string(static_cast<unsigned char>(got[kMagicBytes])) +
                                   ", this build version " +
                                   std::to_string(int{kFramePreface[kMagicBytes]})};
  }
  return {};
}

Status FrameDecoder::begin_payload() {
  payload_bytes_ = get_u32(head_.data());
  if (payload_bytes_ > message_bytes_max_) {
    return {Code::resource_exhausted, "the peer sends a message of " +
                                          std::to_string(payload_bytes_) + " bytes, the limit is " +
                                          std::to_string(message_bytes_max_)};
  }
  part_ = Part::payload;
  payload_.reserve(std::min(payload_bytes_, kReserveBytesMax));
  return {};
}

Status FrameDecoder::end_payload(std::deque<Bytes>& messages) {
  if (checksum({head_.data(), kLengthBytes}, payload_) != get_u32(head_.data() + kLengthBytes)) {
    return {Code::data_loss, "a message of " + std::to_string(payload_bytes_) +
                                 " bytes does not match its checksum"};
  }
  messages.push_back(std::exchange(payload_, Bytes()));
  part_ = Part::header;
  head_bytes_ = 0;
  return {};
}

}  // namespace eyrie
