// Streams: order, half close, back-pressure, and how they end.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/rpc/frame.h"
#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::CallContext;
using rpc::ClientStream;
using rpc::RpcServer;
using rpc::Stream;

// "Echo stream": the first message and every later one come back; ends when the client does.
Task<Status> echo_stream(CallContext, Bytes first, Stream& stream) {
  EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(std::move(first)));
  while (true) {
    EYRIE_CO_TRY(std::optional<Bytes> message, co_await stream.receive());
    if (!message) co_return Status(Code::ok, "");
    EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(std::move(*message)));
  }
}

// "Flood": sends numbered messages of the size given first, without being asked.
struct Flood {
  Task<Status> run(CallContext, Bytes first, Stream& stream) {
    const std::size_t size = std::stoul(first);
    for (int i = 0; i < count; ++i) {
      Status status = co_await stream.send(std::to_string(i) + Bytes(size, '.'));
      if (!status.ok()) {
        last = status;
        co_return status;
      }
      ++sent;
    }
    co_return Status();
  }
  int count = 1000;
  int sent = 0;
  Status last;
};

// "Quiet": reads nothing until let go, then all; keeps how it ended.
struct Quiet {
  Task<Status> run(CallContext, Bytes, Stream& stream) {
    EYRIE_CO_RETURN_IF_ERROR(co_await gate.wait());
    while (true) {
      Result<std::optional<Bytes>> message = co_await stream.receive();
      if (!message) {
        end = message.error();
        co_return end;
      }
      if (!*message) co_return Status(Code::conflict, std::to_string(messages.size()));
      messages.push_back(std::move(**message));
    }
  }
  Gate gate;
  std::vector<Bytes> messages;
  Status end;
};

class StreamTest : public RpcTest {
 public:
  void start() {
    start_server([&](RpcServer& rpc_server) {
      add_echo(rpc_server);
      slow.add_to(rpc_server);
      rpc_server.handle_stream("EchoStream", echo_stream);
      rpc_server.handle_stream("Flood",
                               rpc::StreamHandler([&](auto context, Bytes first, Stream& stream) {
                                 return flood.run(context, std::move(first), stream);
                               }));
      rpc_server.handle_stream("Quiet",
                               rpc::StreamHandler([&](auto context, Bytes first, Stream& stream) {
                                 return quiet.run(context, std::move(first), stream);
                               }));
    });
    connect_channel();
  }
  std::unique_ptr<ClientStream> open(std::string method, Bytes first) {
    auto opened = finish(channel->open_stream(std::move(method), std::move(first)));
    EXPECT_TRUE(opened.at(0).has_value());
    return std::move(opened.at(0).value());
  }
  // The next message, "(end)", or the error's code in parentheses; "" while there is none.
  std::string next(ClientStream& stream) {
    auto out = finish(stream.receive());
    if (out.empty()) return "";
    if (!out[0]) return "(" + std::string(name_of(out[0].error().code())) + ")";
    return out[0]->value_or("(end)");
  }

  SlowHandler slow;
  Flood flood;
  Quiet quiet;
};

TEST_F(StreamTest, MessagesPassBothWaysInOrderUntilBothEnds) {
  start();
  auto stream = open("EchoStream", "one");
  EXPECT_EQ(next(*stream), "one");
  for (const Bytes& message : {Bytes("two"), Bytes(), Bytes("three")}) {
    EXPECT_TRUE(finish(stream->send(message)).at(0).ok());
    EXPECT_EQ(next(*stream), message);
  }
  stream->finish();
  EXPECT_EQ(finish(stream->send("late")).at(0).code(), Code::failed_precondition);
  EXPECT_EQ(next(*stream), "(end)");
  EXPECT_EQ(next(*stream), "(end)");
  EXPECT_TRUE(stream->ended());
  EXPECT_TRUE(channel->idle());
}

TEST_F(StreamTest, TheHandlersStatusComesLastAndUnchanged) {
  start();
  quiet.gate.open();
  auto stream = open("Quiet", "");
  EXPECT_TRUE(finish(stream->send("a")).at(0).ok());
  stream->finish();
  auto end = finish(stream->receive());
  ASSERT_FALSE(end.at(0));
  EXPECT_EQ(end[0].error(), Status(Code::conflict, "1"));
}

TEST_F(StreamTest, ASlowReaderHoldsTheSenderWithinTheWindowAndNobodyElse) {
  start();
  auto stream = open("Flood", "10000");
  const std::int64_t window = channel_options().stream_window_bytes;
  EXPECT_GT(flood.sent, window / 10'100 - 2);
  EXPECT_LE(flood.sent, window / 10'000 + 1);
  EXPECT_EQ(begin("Echo", "x")->at(0).value(), "x");
  for (int i = 0; i < flood.count; ++i) {
    EXPECT_EQ(next(*stream), std::to_string(i) + Bytes(10'000, '.')) << i;
  }
  EXPECT_EQ(next(*stream), "(end)");
}

Task<int> send_until_it_waits(ClientStream& stream, int& sent) {
  for (; sent < 10'000; ++sent) {
    if (!(co_await stream.send(Bytes(5000, 'x'))).ok()) break;
  }
  co_return sent;
}

TEST_F(StreamTest, TheServersWindowHoldsTheClient) {
  start();
  auto stream = open("Quiet", "");
  int sent = 0;
  auto sending = client.spawn(send_until_it_waits(*stream, sent));
  run();
  EXPECT_GT(sent, 200);
  EXPECT_LT(sent, 220);
  quiet.gate.open();
  run();
  EXPECT_EQ(sent, 10'000);
  EXPECT_EQ(quiet.messages.size(), 10'000u);
}

// Without a cost of their own, empty messages would need no credit.
TEST_F(StreamTest, EmptyMessagesAreBoundedToo) {
  start();
  flood.count = 1'000'000;
  auto stream = open("Flood", "0");
  EXPECT_LT(flood.sent, 20'000);
  stream->cancel();
  run();
}

TEST_F(StreamTest, CancellingEndsTheHandler) {
  start();
  auto stream = open("Flood", "100000");
  stream->cancel();
  EXPECT_EQ(next(*stream), "(cancelled)");
  EXPECT_EQ(flood.last.code(), Code::cancelled);
  EXPECT_EQ(finish(stream->send("late")).at(0).code(), Code::cancelled);
}

TEST_F(StreamTest, DroppingTheStreamEndsTheHandler) {
  start();
  auto stream = open("Flood", "100000");
  stream.reset();
  run();
  EXPECT_EQ(flood.last.code(), Code::cancelled);
}

TEST_F(StreamTest, ABreakIsUnknownToTheClientAndUnavailableToTheHandler) {
  start();
  quiet.gate.open();
  auto stream = open("Quiet", "");
  auto receiving = client.spawn(stream->receive());
  network.last_link().sever();
  run();
  EXPECT_EQ(receiving->at(0).error().code(), Code::unknown);
  EXPECT_EQ(quiet.end.category(),
            quiet.end.code() == Code::cancelled ? Category::unknown_outcome : Category::transient);
  EXPECT_FALSE(quiet.end.ok());
  EXPECT_TRUE(stream->ended());
}

TEST_F(StreamTest, WhatArrivedBeforeABreakCanStillBeRead) {
  start();
  flood.count = 3;
  auto stream = open("Flood", "0");
  network.last_link().sever();
  run();
  EXPECT_EQ(next(*stream), "0");
  EXPECT_EQ(next(*stream), "1");
  EXPECT_EQ(next(*stream), "2");
}

TEST_F(StreamTest, ADeadlineOfTheStreamIsKeptByTheServer) {
  start();
  rpc::CallOptions options = within(50ms);
  auto opened = finish(channel->open_stream("Quiet", "", options));
  advance(60ms);
  EXPECT_EQ(next(**opened.at(0)), "(deadline_exceeded)");
}

TEST_F(StreamTest, AMethodOfTheOtherKindIsRefused) {
  start();
  auto stream = open("Echo", "x");
  EXPECT_EQ(next(*stream), "(unsupported)");
  EXPECT_EQ(begin("EchoStream", "x")->at(0).error().code(), Code::unsupported);
  EXPECT_EQ(next(*open("Nothing", "x")), "(unsupported)");
}

TEST_F(StreamTest, OpeningWithoutAServerIsUnavailable) {
  connect_channel();
  auto opened = finish(channel->open_stream("EchoStream", "x"));
  EXPECT_EQ(opened.at(0).error().code(), Code::unavailable);
}

TEST_F(StreamTest, StoppingTheChannelEndsItsStreamsWhichMayOutliveIt) {
  start();
  auto stream = open("Quiet", "");
  auto receiving = client.spawn(stream->receive());
  stop_channel();
  EXPECT_EQ(receiving->at(0).error().category(), Category::unknown_outcome);
  channel.reset();
  EXPECT_TRUE(stream->ended());
  stream.reset();
}

Task<Status> count_down(CallContext, rpc::wire::Status first,
                        rpc::TypedStream<rpc::wire::Status, rpc::wire::Status> stream) {
  for (std::uint32_t i = first.code(); i > 0; --i) {
    rpc::wire::Status message;
    message.set_code(i);
    EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(message));
  }
  EYRIE_CO_TRY(auto last, co_await stream.receive());
  co_return Status(Code::conflict, last ? last->message() : "nothing");
}

TEST_F(StreamTest, TypedStreamsCarryMessages) {
  start_server([&](RpcServer& rpc_server) {
    rpc_server.handle_stream<rpc::wire::Status, rpc::wire::Status>("CountDown", count_down);
  });
  connect_channel();
  rpc::wire::Status message;
  message.set_code(2);
  auto stream = std::move(finish(rpc::open_stream(*channel, "CountDown", message)).at(0).value());
  rpc::TypedStream<rpc::wire::Status, rpc::wire::Status> typed(*stream);
  EXPECT_EQ(finish(typed.receive()).at(0).value()->code(), 2u);
  EXPECT_EQ(finish(typed.receive()).at(0).value()->code(), 1u);
  message.set_message("bye");
  EXPECT_TRUE(finish(typed.send(message)).at(0).ok());
  EXPECT_EQ(finish(typed.receive()).at(0).error(), Status(Code::conflict, "bye"));
}

}  // namespace
}  // namespace eyrie::test
