#include "runtime/rpc/frame.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "runtime/rpc/message.h"
#include "tests/storage/golden.h"

namespace eyrie::rpc {
namespace {

wire::Header sample_header() {
  wire::Header header;
  header.set_kind(wire::KIND_REQUEST);
  header.set_request_id(17);
  header.set_method("Insert");
  header.set_remaining_ns(5);
  return header;
}

TEST(Frame, HeaderAndPayloadComeBack) {
  wire::Header header = sample_header();
  Bytes frame = encode_frame(header, "rows");
  wire::Header read;
  ASSERT_TRUE(decode_frame(frame, read).ok());
  EXPECT_EQ(frame, "rows");
  EXPECT_EQ(read.SerializeAsString(), header.SerializeAsString());
  EXPECT_EQ(read.protocol_version(), kOldestProtocol);
  EXPECT_TRUE(check_version(read, kOldestProtocol).ok());
}

TEST(Frame, AMessageBeyondTheLimitIsRefusedForGood) {
  wire::Status message;
  message.set_message(std::string(kPayloadBytesMax, 'x'));
  const Result<Bytes> payload = encode_message(message);
  ASSERT_FALSE(payload.has_value());
  EXPECT_EQ(payload.error().category(), Category::caller);
  message.mutable_message()->resize(kPayloadBytesMax - 16);
  EXPECT_TRUE(encode_message(message).has_value());
}

TEST(Frame, APayloadWithRoomIsNeverCopied) {
  wire::Status message;
  message.set_message(std::string(100'000, 'x'));
  Bytes payload = encode_message(message).value();
  const char* const place = payload.data();
  wire::Header header = sample_header();
  Bytes frame = encode_frame(header, std::move(payload));
  EXPECT_EQ(frame.data(), place);
  wire::Header read;
  ASSERT_TRUE(decode_frame(frame, read).ok());
  EXPECT_EQ(frame.data(), place);
  EXPECT_EQ(decode_message<wire::Status>(frame)->message(), message.message());
}

TEST(Frame, LengthsThatLieAreRefused) {
  wire::Header header;
  for (const Bytes& bytes :
       {Bytes(), Bytes("abc"), Bytes("\x05\x00\x00\x00", 4), Bytes("\xff\xff\xff\xff", 4),
        Bytes("zzzz\x05\x00\x00\x00", 8), Bytes("\xff\xff\xff\xff\x04\x00\x00\x00", 8)}) {
    Bytes frame = bytes;
    EXPECT_EQ(decode_frame(frame, header).code(), Code::invalid_argument);
  }
  header.set_method(Bytes(kHeaderBytesMax, 'x'));
  Bytes long_header = header.SerializeAsString();
  const std::size_t length = long_header.size();
  for (int i = 0; i < 4; ++i) long_header += static_cast<char>((length >> (8 * i)) & 0xFF);
  EXPECT_EQ(decode_frame(long_header, header).code(), Code::invalid_argument);
}

RC_GTEST_PROP(FrameProperty, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  Bytes frame = bytes;
  wire::Header header;
  const Status status = decode_frame(frame, header);
  RC_ASSERT(status.ok() || status.code() == Code::invalid_argument);
  RC_ASSERT(frame.size() <= bytes.size());
  RC_ASSERT(get_status(header).ok() || header.has_status());
}

RC_GTEST_PROP(FrameProperty, AFlippedByteNeverDoesMoreThanChangeTheFrame, (std::uint32_t place)) {
  wire::Header header = sample_header();
  set_status(header, Status(Code::fenced, "term 3"));
  Bytes frame = encode_frame(header, "payload");
  frame[place % frame.size()] ^= static_cast<char>(1 << (place % 8));
  wire::Header read;
  const Status status = decode_frame(frame, read);
  RC_ASSERT(status.ok() || status.code() == Code::invalid_argument);
}

RC_GTEST_PROP(FrameProperty, AnyPayloadAndStatusTextCrossUnchanged,
              (const std::string& payload, const std::string& text, std::int32_t milvus_code)) {
  wire::Header header = sample_header();
  set_status(header, Status(Code::conflict, text).with_milvus_code(milvus_code));
  Bytes frame = encode_frame(header, payload);
  wire::Header read;
  RC_ASSERT(decode_frame(frame, read).ok());
  RC_ASSERT(frame == payload);
  const Status status = get_status(read);
  RC_ASSERT(status.code() == Code::conflict);
  RC_ASSERT(status.message() == text);
  if (milvus_code != 0) RC_ASSERT(status.milvus_code() == milvus_code);
}

TEST(Frame, EveryCodeCrossesAndAForeignOnePromisesNothing) {
  for (int number = 1; number <= static_cast<int>(Code::internal); ++number) {
    wire::Header header;
    set_status(header, Status(static_cast<Code>(number), "text"));
    EXPECT_EQ(get_status(header), Status(static_cast<Code>(number), "text"));
  }
  wire::Header header;
  header.mutable_status()->set_code(200);
  EXPECT_EQ(get_status(header).category(), Category::unknown_outcome);
  set_status(header, Status());
  EXPECT_TRUE(get_status(header).ok());
}

TEST(Frame, ALongStatusIsCutSoThatItsFrameIsReadable) {
  wire::Header header;
  set_status(header, Status(Code::internal, std::string(10 * kHeaderBytesMax, 'x')));
  Bytes frame = encode_frame(header, Bytes());
  wire::Header read;
  ASSERT_TRUE(decode_frame(frame, read).ok());
  EXPECT_GT(get_status(read).message().size(), 1000u);
}

TEST(Frame, AForeignVersionOrClusterIsNamedTogetherWithOurs) {
  wire::Header header;
  header.set_protocol_version(9);
  header.set_cluster("blue");
  EXPECT_EQ(
      check_version(header, 2),
      Status(Code::unsupported, "protocol version 9 of the peer on a connection of version 2"));
  EXPECT_EQ(choose_protocol(header, protocols_of(kOldestRelease)).error(),
            Status(Code::unsupported,
                   "protocol version 9 of the peer, version 1 here; nodes work together with those "
                   "of the release before or after theirs"));
  EXPECT_EQ(check_cluster(header, "red"),
            Status(Code::failed_precondition, "cluster 'blue' of the peer, cluster 'red' here"));
  EXPECT_TRUE(check_cluster(header, "blue").ok());
}

wire::Header hello_with(std::uint32_t lowest, std::uint32_t highest) {
  wire::Header hello;
  hello.set_protocol_version(lowest);
  hello.set_protocol_highest(highest);
  return hello;
}

TEST(Protocols, TheHighestOfBothIsSpokenIfThereIsOne) {
  EXPECT_EQ(choose_protocol(hello_with(1, 0), {1, 2}).value(), 1u);
  EXPECT_EQ(choose_protocol(hello_with(1, 2), {1, 1}).value(), 1u);
  EXPECT_EQ(choose_protocol(hello_with(1, 2), {1, 2}).value(), 2u);
  EXPECT_EQ(choose_protocol(hello_with(2, 3), {1, 2}).value(), 2u);
  EXPECT_FALSE(choose_protocol(hello_with(2, 3), {1, 1}).has_value());
  EXPECT_FALSE(choose_protocol(hello_with(1, 0), {2, 3}).has_value());
  EXPECT_FALSE(choose_protocol(hello_with(0, 0), {1, 2}).has_value());
  EXPECT_EQ(choose_protocol(hello_with(3, 4), {1, 2}).error().message(),
            "protocol versions 3 to 4 of the peer, versions 1 to 2 here; nodes work together with "
            "those of the release before or after theirs");
  EXPECT_EQ(chosen_protocol(hello_with(2, 0), {1, 2}).value(), 2u);
  EXPECT_FALSE(chosen_protocol(hello_with(2, 0), {1, 1}).has_value());
  EXPECT_FALSE(chosen_protocol(hello_with(0, 0), {1, 1}).has_value());
}

// What a build of each release puts on a connection, byte for byte.
void expect_golden(const std::string& version, const std::string& name, const Bytes& frame) {
  EXPECT_EQ(frame, storage::test::golden_file(version, name, frame)) << version << "/" << name;
}

TEST(Golden, FramesOfBothVersionsStayAsTheyWere) {
  const Identity old{"eyrie", NodeId(4), IncarnationId(812), Release::first};
  const Identity current{"eyrie", NodeId(4), IncarnationId(812), Release::second};
  expect_golden("v1", "rpc_hello", encode_hello(old));
  expect_golden("v2", "rpc_hello", encode_hello(current));
  expect_golden("v1", "rpc_answer", encode_answer(old, 1, {"proxy.Insert", "proxy.Search"}));
  expect_golden("v2", "rpc_answer", encode_answer(current, 2, {"proxy.Insert", "proxy.Search"}));
  wire::Header request = sample_header();
  request.set_protocol_version(1);
  expect_golden("v1", "rpc_request", encode_frame(request, "rows"));
  request.set_protocol_version(2);
  request.clear_method();
  request.set_method_number(1);
  expect_golden("v2", "rpc_request", encode_frame(request, "rows"));
}

// Nobody of the release before knows the field with the methods, nor the highest version.
TEST(Golden, AnAnswerToTheReleaseBeforeIsAsItsOwn) {
  const Identity current{"eyrie", NodeId(4), IncarnationId(812), Release::second};
  const Bytes answer = encode_answer(current, 1, {"proxy.Insert", "proxy.Search"});
  EXPECT_EQ(answer, storage::test::golden_file("v1", "rpc_answer", answer));
}

TEST(Message, BytesThatAreNotOneAreRefusedByName) {
  const Result<wire::Status> message = decode_message<wire::Status>("\xff\xff");
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error(),
            Status(Code::invalid_argument, "2 bytes are not a valid eyrie.rpc.wire.Status"));
}

}  // namespace
}  // namespace eyrie::rpc
