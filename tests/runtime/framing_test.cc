#include "runtime/framing.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace eyrie {
namespace {

constexpr std::size_t kLimit = 1000;

using Messages = std::deque<Bytes>;

Bytes encode(const Messages& messages) {
  Bytes out(kFramePreface);
  for (const Bytes& message : messages) append_frame(out, message);
  return out;
}

// What a decoder makes of these pieces; feeding stops at the first error.
struct Decoded {
  Messages messages;
  Status status;
  bool at_boundary = false;
};

Decoded decode(const std::vector<BytesView>& pieces) {
  FrameDecoder decoder(kLimit);
  Decoded decoded;
  for (BytesView piece : pieces) {
    decoded.status = decoder.feed(piece, decoded.messages);
    if (!decoded.status.ok()) break;
  }
  decoded.at_boundary = decoder.at_boundary();
  return decoded;
}

bool is_prefix(const Messages& some, const Messages& all) {
  return some.size() <= all.size() && std::equal(some.begin(), some.end(), all.begin());
}

const Messages kMessages{"", "a", std::string("\0\0\0\0\0\0\0\0", 8), "the fourth", ""};

TEST(Framing, BytesAreThoseOfTheFormat) {
  Bytes out(kFramePreface);
  append_frame(out, "abc");
  EXPECT_EQ(out.substr(0, 5), "EYRF\x01");
  EXPECT_EQ(out.substr(5, 4), std::string("\x03\0\0\0", 4));
  EXPECT_EQ(out.substr(9, 4), "\xf8\x83\x14\x55");  // CRC32C of 03 00 00 00 61 62 63
  EXPECT_EQ(out.substr(13), "abc");
}

TEST(Framing, EveryCutInThreeGivesTheSameMessages) {
  const Bytes bytes = encode(kMessages);
  const BytesView view = bytes;
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      const Decoded decoded =
          decode({view.substr(0, first), view.substr(first, second - first), view.substr(second)});
      ASSERT_TRUE(decoded.status.ok()) << decoded.status;
      ASSERT_EQ(decoded.messages, kMessages) << "cut at " << first << " and " << second;
      ASSERT_TRUE(decoded.at_boundary);
    }
  }
}

TEST(Framing, AStreamCutShortGivesAPrefixAndKnowsThatItIsNotAtAnEnd) {
  const Bytes bytes = encode(kMessages);
  std::vector<std::size_t> ends{0, kFramePreface.size()};
  for (const Bytes& message : kMessages) {
    ends.push_back(ends.back() + kFrameHeaderBytes + message.size());
  }
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const Decoded decoded = decode({BytesView(bytes).substr(0, length)});
    ASSERT_TRUE(decoded.status.ok()) << decoded.status;
    ASSERT_TRUE(is_prefix(decoded.messages, kMessages));
    const bool is_end = std::find(ends.begin(), ends.end(), length) != ends.end();
    ASSERT_EQ(decoded.at_boundary, is_end) << length;
  }
}

TEST(Framing, EveryFlippedBitIsNoticed) {
  const Bytes bytes = encode(kMessages);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const Decoded decoded = decode({flipped});
    ASSERT_TRUE(is_prefix(decoded.messages, kMessages)) << "bit " << bit;
    ASSERT_LT(decoded.messages.size(), kMessages.size()) << "bit " << bit;
    ASSERT_FALSE(decoded.at_boundary) << "bit " << bit;
  }
}

TEST(Framing, AnotherProtocolIsRefusedAtItsFirstByte) {
  EXPECT_EQ(decode({"G"}).status.code(), Code::unsupported);
  EXPECT_EQ(decode({"EY", "X"}).status.code(), Code::unsupported);
}

TEST(Framing, AnotherVersionIsRefusedAndNamed) {
  const Status status = decode({"EYRF\x07"}).status;
  EXPECT_EQ(status.code(), Code::unsupported);
  EXPECT_NE(status.message().find("version 7"), std::string::npos) << status;
}

TEST(Framing, AMessageOfTheLimitPassesAndOneByteMoreIsRefusedFromItsHeader) {
  const Bytes largest(kLimit, 'x');
  EXPECT_EQ(decode({encode({largest})}).messages, Messages{largest});
  const Bytes larger = encode({Bytes(kLimit + 1, 'x')});
  const Decoded refused = decode({BytesView(larger).substr(0, kFramePreface.size() + 8)});
  EXPECT_EQ(refused.status.code(), Code::resource_exhausted);
}

TEST(Framing, AnErrorIsForEverAndKeepsWhatCameBefore) {
  Bytes bytes = encode({"first", "second", "third"});
  bytes[bytes.find("second")] = 'S';
  FrameDecoder decoder(kLimit);
  Messages messages;
  EXPECT_EQ(decoder.feed(bytes, messages).code(), Code::data_loss);
  EXPECT_EQ(messages, Messages{"first"});
  Bytes good;
  append_frame(good, "fourth");
  EXPECT_EQ(decoder.feed(good, messages).code(), Code::data_loss);
  EXPECT_EQ(decoder.feed("", messages).code(), Code::data_loss);
  EXPECT_EQ(messages, Messages{"first"});
}

// Bytes of any value: rapidcheck's own strings avoid zero.
rc::Gen<Bytes> any_bytes() {
  return rc::gen::container<Bytes>(
      rc::gen::map(rc::gen::inRange(0, 256), [](int value) { return static_cast<char>(value); }));
}

RC_GTEST_PROP(FramingProperty, AnyMessagesCutAnywhereComeBack, ()) {
  const auto messages = *rc::gen::container<Messages>(any_bytes());
  const Bytes bytes = encode(messages);
  std::vector<BytesView> pieces;
  BytesView rest = bytes;
  while (!rest.empty()) {
    pieces.push_back(rest.substr(0, *rc::gen::inRange<std::size_t>(1, rest.size() + 1)));
    rest.remove_prefix(pieces.back().size());
  }
  const Decoded decoded = decode(pieces);
  RC_ASSERT(decoded.status.ok());
  RC_ASSERT(decoded.messages == messages);
  RC_ASSERT(decoded.at_boundary);
}

RC_GTEST_PROP(FramingProperty, GarbageBehindGoodMessagesNeverCrashesNorInventsOne, ()) {
  const auto messages = *rc::gen::container<Messages>(any_bytes());
  const Bytes garbage = *any_bytes();
  const Decoded decoded = decode({encode(messages), garbage});
  // A garbage message passes only with its checksum right: one in 2^32.
  RC_ASSERT(decoded.messages == messages);
}

RC_GTEST_PROP(FramingProperty, PureGarbageGivesNoMessage, ()) {
  const Bytes garbage = *any_bytes();
  RC_ASSERT(decode({garbage}).messages.empty());
}

TEST(Framing, APeerThatSpeaksTlsIsRecognised) {
  for (const char* const record : {"\x15\x03\x03", "\x16\x03\x01"}) {
    FrameDecoder decoder(100);
    std::deque<Bytes> messages;
    const Status status = decoder.feed(record, messages);
    EXPECT_EQ(status.code(), Code::unsupported) << status;
    EXPECT_NE(status.message().find("speaks TLS"), std::string::npos) << status;
  }
}

}  // namespace
}  // namespace eyrie
