#include "runtime/framed_network.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "runtime/combine.h"
#include "runtime/framing.h"
#include "tests/runtime/manual_world.h"
#include "tests/support/co_assert.h"
#include "tests/support/memory_byte_network.h"

namespace eyrie {
namespace {

using test::ManualClock;
using test::ManualExecutor;
using test::MemoryByteNetwork;

const Address kServer{"server", 7};

struct Sizes {
  std::size_t pipe_bytes = 64;
  std::size_t piece_bytes_max = 5;
  FramedLimits limits{.message_bytes_max = 1000,
                      .send_window_bytes = 200,
                      .receive_window_bytes = 200,
                      .read_bytes_max = 32,
                      .linger = 1s};
};

Task<void> open_pair(FramedNetwork& network, std::unique_ptr<Connection>& server,
                     std::unique_ptr<Connection>& client) {
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<Listener> listener, co_await network.listen(kServer));
  EYRIE_CO_ASSERT_TRY(client, co_await network.connect(kServer));
  EYRIE_CO_ASSERT_TRY(server, co_await listener->accept());
}

Task<void> open_raw_client(MemoryByteNetwork& bytes, FramedNetwork& network,
                           std::unique_ptr<Connection>& server,
                           std::unique_ptr<ByteStream>& client) {
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<Listener> listener, co_await network.listen(kServer));
  EYRIE_CO_ASSERT_TRY(client, co_await bytes.connect(kServer));
  EYRIE_CO_ASSERT_TRY(server, co_await listener->accept());
}

Task<void> send_one(Connection& connection, Bytes message, std::vector<Status>& out) {
  out.push_back(co_await connection.send(std::move(message)));
}

Task<void> send_all(Connection& connection, std::vector<Bytes> messages, std::size_t& accepted) {
  for (Bytes& message : messages) {
    if (!(co_await connection.send(std::move(message))).ok()) co_return;
    ++accepted;
  }
}

Task<void> receive_all(Connection& connection, std::vector<Bytes>& out, Status& end) {
  while (true) {
    Result<Bytes> message = co_await connection.receive();
    if (!message) {
      end = message.error();
      co_return;
    }
    out.push_back(std::move(*message));
  }
}

Task<void> write_raw(ByteStream& stream, Bytes bytes) {
  BytesView rest = bytes;
  while (!rest.empty()) {
    EYRIE_CO_ASSERT_TRY(const std::size_t taken, co_await stream.write_some(rest));
    rest.remove_prefix(taken);
  }
}

std::vector<Bytes> messages_up_to(std::size_t size) {
  std::vector<Bytes> messages;
  for (std::size_t i = 0; i <= size; ++i) messages.emplace_back(i, static_cast<char>(i));
  return messages;
}

// Both ends on one executor; time stands still unless the test moves it.
struct Pair {
  explicit Pair(Sizes sizes = {}, std::uint64_t seed = 1)
      : bytes(Random(seed), sizes.pipe_bytes, sizes.piece_bytes_max),
        network(executor, clock, bytes, sizes.limits) {}
  ~Pair() {
    if (executor.stopped()) return;
    server.reset();
    client.reset();
    group.cancel();
    group.spawn(network.stop());
    run();
    clock.advance_to(clock.monotonic() + 2s, executor);
    EXPECT_EQ(executor.frames(), 0);
  }

  void open() {
    spawn(open_pair(network, server, client));
    run();
    ASSERT_TRUE(server && client);
  }
  void spawn(Task<void> task) { group.spawn(std::move(task)); }
  void run() { executor.run(); }
  void send(Connection& from, Bytes message) {
    spawn(send_one(from, std::move(message), sent));
    run();
  }
  void receive(Connection& at) { spawn(receive_all(at, received, end)); }

  ManualClock clock;
  ManualExecutor executor;
  MemoryByteNetwork bytes;
  FramedNetwork network;
  TaskGroup group{executor};
  std::unique_ptr<Connection> server;
  std::unique_ptr<Connection> client;
  std::vector<Status> sent;
  std::size_t accepted = 0;
  std::vector<Bytes> received;
  Status end;
  std::vector<Bytes> received_by_client;
  Status client_end;
};

TEST(FramedNetwork, MessagesOfEverySizeArriveInOrderThroughTornPieces) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.spawn(send_all(*pair.client, messages_up_to(300), pair.accepted));
  pair.run();
  EXPECT_EQ(pair.accepted, 301u);
  EXPECT_EQ(pair.received, messages_up_to(300));
  EXPECT_EQ(pair.server->peer(), (Address{"client", 1}));
  EXPECT_EQ(pair.client->peer(), kServer);
}

TEST(FramedNetwork, AReceiverThatDoesNotReceiveStopsTheSender) {
  Pair pair;
  pair.open();
  pair.spawn(send_all(*pair.client, std::vector<Bytes>(1000, Bytes(10, 'x')), pair.accepted));
  pair.run();
  // Two windows, a pipe and one read are all that lies between them.
  EXPECT_GT(pair.accepted, 0u);
  EXPECT_LE(pair.accepted * 10, 200u + 64u + 200u + 32u);
  pair.receive(*pair.server);
  pair.run();
  EXPECT_EQ(pair.accepted, 1000u);
  EXPECT_EQ(pair.received.size(), 1000u);
}

TEST(FramedNetwork, SendsThatWaitKeepTheOrderOfTheirCalls) {
  Pair pair;
  pair.open();
  std::vector<Bytes> expected;
  for (char c = 'a'; c <= 'z'; ++c) {
    // Small ones behind large ones: none may slip past.
    expected.emplace_back(c % 2 == 0 ? 150 : 3, c);
    pair.send(*pair.client, expected.back());
  }
  EXPECT_LT(pair.sent.size(), expected.size());
  pair.receive(*pair.server);
  pair.run();
  EXPECT_EQ(pair.sent, std::vector<Status>(expected.size()));
  EXPECT_EQ(pair.received, expected);
}

TEST(FramedNetwork, AMessageLargerThanTheWindowPassesAlone) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.send(*pair.client, Bytes(1000, 'x'));
  EXPECT_EQ(pair.received, std::vector<Bytes>{Bytes(1000, 'x')});
}

TEST(FramedNetwork, AMessageBeyondTheLimitIsRefusedAndTheConnectionLives) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.send(*pair.client, Bytes(1001, 'x'));
  pair.send(*pair.client, "small");
  ASSERT_EQ(pair.sent.size(), 2u);
  EXPECT_EQ(pair.sent[0].code(), Code::resource_exhausted);
  EXPECT_TRUE(pair.sent[1].ok());
  EXPECT_EQ(pair.received, std::vector<Bytes>{"small"});
}

TEST(FramedNetwork, FramesQueuedTogetherAreWrittenTogether) {
  Pair pair({.pipe_bytes = 1000, .piece_bytes_max = 0});
  pair.open();
  const std::size_t before = pair.bytes.pipes(0).to_server.writes;
  for (int i = 0; i < 10; ++i) pair.spawn(send_one(*pair.client, "ten", pair.sent));
  pair.run();
  EXPECT_EQ(pair.sent, std::vector<Status>(10));
  EXPECT_LE(pair.bytes.pipes(0).to_server.writes - before, 2u);
}

TEST(FramedNetwork, ACancelledSendLeavesNothingBehind) {
  Pair pair;
  pair.open();
  TaskGroup filler(pair.executor);
  filler.spawn(send_all(*pair.client, std::vector<Bytes>(100, Bytes(50, 'x')), pair.accepted));
  pair.run();
  std::vector<Status> cancelled;
  TaskGroup impatient(pair.executor);
  impatient.spawn(send_one(*pair.client, "cancelled", cancelled));
  pair.run();
  pair.spawn(send_one(*pair.client, "kept", pair.sent));
  pair.run();
  impatient.cancel();
  filler.cancel();
  pair.run();
  ASSERT_EQ(cancelled.size(), 1u);
  EXPECT_EQ(cancelled[0].code(), Code::cancelled);
  pair.receive(*pair.server);
  pair.run();
  std::vector<Bytes> expected(pair.accepted, Bytes(50, 'x'));
  expected.push_back("kept");
  EXPECT_EQ(pair.received, expected);
}

TEST(FramedNetwork, ACancelledReceiveLosesNothing) {
  Pair pair;
  pair.open();
  TaskGroup impatient(pair.executor);
  impatient.spawn(receive_all(*pair.server, pair.received, pair.end));
  pair.run();
  pair.spawn(send_one(*pair.client, "message", pair.sent));
  impatient.cancel();
  pair.run();
  EXPECT_EQ(pair.end.code(), Code::cancelled);
  pair.receive(*pair.server);
  pair.run();
  EXPECT_EQ(pair.received, std::vector<Bytes>{"message"});
}

TEST(FramedNetwork, CloseLetsWhatWasAcceptedArriveAndThenTellsThePeer) {
  Pair pair;
  pair.open();
  for (int i = 0; i < 6; ++i) pair.send(*pair.client, Bytes(30, 'x'));
  pair.client->close();
  pair.client->close();
  pair.run();
  pair.receive(*pair.server);
  pair.run();
  EXPECT_EQ(pair.received, std::vector<Bytes>(6, Bytes(30, 'x')));
  EXPECT_EQ(pair.end.code(), Code::unavailable);
  EXPECT_NE(pair.end.message().find("closed by the peer"), std::string::npos) << pair.end;
  pair.send(*pair.server, "late");
  EXPECT_EQ(pair.sent.back().code(), Code::unavailable);
}

TEST(FramedNetwork, CloseEndsWhatWaitsHere) {
  Pair pair;
  pair.open();
  pair.receive(*pair.client);
  for (int i = 0; i < 20; ++i) pair.send(*pair.client, Bytes(100, 'x'));
  const std::size_t accepted = pair.sent.size();
  EXPECT_LT(accepted, 20u);
  pair.client->close();
  pair.run();
  EXPECT_EQ(pair.end.code(), Code::unavailable);
  ASSERT_EQ(pair.sent.size(), 20u);
  for (std::size_t i = accepted; i < 20; ++i) EXPECT_EQ(pair.sent[i].code(), Code::unavailable);
}

TEST(FramedNetwork, AfterCloseNothingIsReceivedEvenIfItHadArrived) {
  Pair pair;
  pair.open();
  pair.send(*pair.client, "arrived");
  pair.server->close();
  pair.receive(*pair.server);
  pair.run();
  EXPECT_TRUE(pair.received.empty());
  EXPECT_EQ(pair.end.code(), Code::unavailable);
}

TEST(FramedNetwork, DestroyingAConnectionClosesIt) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.send(*pair.client, "last");
  pair.client.reset();
  pair.run();
  EXPECT_EQ(pair.received, std::vector<Bytes>{"last"});
  EXPECT_EQ(pair.end.code(), Code::unavailable);
}

TEST(FramedNetwork, BothMayCloseAtOnce) {
  Pair pair;
  pair.open();
  pair.send(*pair.client, "x");
  pair.send(*pair.server, "y");
  pair.client->close();
  pair.server->close();
  pair.run();
  EXPECT_EQ(pair.clock.armed(), 0u);  // nobody lingers
}

TEST(FramedNetwork, ACloseWhosePeerNeverReadsEndsWithTheLinger) {
  Pair pair({.limits = {.receive_window_bytes = 1, .linger = 1s}});
  pair.open();
  for (int i = 0; i < 6; ++i) pair.send(*pair.client, Bytes(30, 'x'));
  pair.client->close();
  pair.run();
  EXPECT_EQ(pair.clock.armed(), 1u);
  pair.clock.advance_to(pair.clock.monotonic() + 1s, pair.executor);
  EXPECT_EQ(pair.clock.armed(), 0u);
  pair.receive(*pair.server);
  pair.run();
  EXPECT_EQ(pair.end.code(), Code::unavailable);
}

TEST(FramedNetwork, AResetEndsBothSides) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.run();
  pair.bytes.pipes(0).reset();
  pair.run();
  EXPECT_EQ(pair.end.code(), Code::unavailable);
  pair.send(*pair.client, "x");
  EXPECT_EQ(pair.sent.back().code(), Code::unavailable);
}

TEST(FramedNetwork, AHalfOpenConnectionIsSilentAndStopStillEnds) {
  Pair pair;
  pair.open();
  pair.receive(*pair.server);
  pair.bytes.pipes(0).fall_silent();
  pair.send(*pair.client, "into the void");
  EXPECT_TRUE(pair.sent.back().ok());
  EXPECT_TRUE(pair.received.empty());
  EXPECT_TRUE(pair.end.ok());
  pair.spawn(pair.network.stop());
  pair.run();
  EXPECT_EQ(pair.end.code(), Code::unavailable);
  pair.clock.advance_to(pair.clock.monotonic() + 1s, pair.executor);
  EXPECT_EQ(pair.executor.frames(), 0);
}

TEST(FramedNetwork, NothingStartsAfterStop) {
  Pair pair;
  pair.spawn(pair.network.stop());
  pair.run();
  std::vector<Code> codes;
  struct Try {
    static Task<void> both(FramedNetwork& network, std::vector<Code>& out) {
      out.push_back((co_await network.listen(kServer)).error().code());
      out.push_back((co_await network.connect(kServer)).error().code());
    }
  };
  pair.spawn(Try::both(pair.network, codes));
  pair.run();
  EXPECT_EQ(codes, (std::vector<Code>{Code::unavailable, Code::unavailable}));
}

struct RawPeer : Pair {
  void open_raw() {
    spawn(open_raw_client(bytes, network, server, raw));
    run();
    ASSERT_TRUE(server && raw);
    receive(*server);
  }
  void write(Bytes data) {
    spawn(write_raw(*raw, std::move(data)));
    run();
  }
  ~RawPeer() { raw.reset(); }

  std::unique_ptr<ByteStream> raw;
};

TEST(FramedNetwork, AnotherProtocolBreaksTheConnectionAndSaysWhy) {
  RawPeer peer;
  peer.open_raw();
  peer.write("GET");
  EXPECT_EQ(peer.end.code(), Code::unavailable);
  EXPECT_NE(peer.end.message().find("does not speak this protocol"), std::string::npos) << peer.end;
}

TEST(FramedNetwork, ABrokenFrameBreaksTheConnectionBehindTheGoodOnes) {
  RawPeer peer;
  peer.open_raw();
  Bytes data(kFramePreface);
  append_frame(data, "good");
  append_frame(data, "bad");
  data.back() = 'D';
  peer.write(data);
  EXPECT_EQ(peer.received, std::vector<Bytes>{"good"});
  EXPECT_NE(peer.end.message().find("checksum"), std::string::npos) << peer.end;
}

TEST(FramedNetwork, AnEndInsideAMessageIsNotAnOrderlyOne) {
  RawPeer peer;
  peer.open_raw();
  Bytes data(kFramePreface);
  append_frame(data, "half");
  data.pop_back();
  peer.write(data);
  peer.raw->shutdown_write();
  peer.run();
  EXPECT_TRUE(peer.received.empty());
  EXPECT_NE(peer.end.message().find("inside a message"), std::string::npos) << peer.end;
}

// A crash with everything in flight; whatever is freed first, nothing of it is touched.
TEST(FramedNetworkCrash, FramesGoFirstThenTheObjects) {
  Pair pair;
  pair.open();
  pair.spawn(send_all(*pair.client, std::vector<Bytes>(100, Bytes(50, 'x')), pair.accepted));
  pair.spawn(send_all(*pair.server, std::vector<Bytes>(100, Bytes(50, 'y')), pair.accepted));
  pair.receive(*pair.client);
  pair.run();
  pair.executor.stop_and_drop_frames();
  EXPECT_EQ(pair.executor.frames(), 0);
  pair.client.reset();
}

RC_GTEST_PROP(FramedNetworkProperty, AnyMessagesPassBothWaysThroughAnyPieces, ()) {
  const auto sizes =
      *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 400));
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Pair pair({.pipe_bytes = *rc::gen::inRange<std::size_t>(1, 300),
             .piece_bytes_max = *rc::gen::inRange<std::size_t>(1, 300)},
            seed);
  pair.open();
  std::vector<Bytes> messages;
  for (std::size_t size : sizes) messages.emplace_back(size, static_cast<char>(messages.size()));
  pair.receive(*pair.server);
  pair.spawn(receive_all(*pair.client, pair.received_by_client, pair.client_end));
  pair.spawn(send_all(*pair.client, messages, pair.accepted));
  pair.spawn(send_all(*pair.server, messages, pair.accepted));
  pair.run();
  RC_ASSERT(pair.accepted == 2 * messages.size());
  RC_ASSERT(pair.received == messages);
  RC_ASSERT(pair.received_by_client == messages);
  RC_ASSERT(pair.executor.frames() > 0);
}

}  // namespace
}  // namespace eyrie
