// Greeting, limits, identity, reconnecting, stopping and crashing.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/rpc/back_off.h"
#include "runtime/rpc/frame.h"
#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::CallOptions;
using rpc::RpcServer;
using Pipe = MemoryPipe::Mode;

class LifecycleTest : public RpcTest {
 public:
  void start(rpc::ServerOptions options = server_options()) {
    start_server(
        [&](RpcServer& rpc_server) {
          slow.add_to(rpc_server);
          add_echo(rpc_server);
        },
        options);
  }
  // One message of a stranger to the server, and its answer.
  static Task<Result<Bytes>> say(Network& network, Address to, Bytes message) {
    EYRIE_CO_TRY(std::unique_ptr<Connection> connection, co_await network.connect(to));
    EYRIE_CO_RETURN_IF_ERROR(co_await connection->send(std::move(message)));
    EYRIE_CO_TRY(Bytes answer, co_await connection->receive());
    co_return answer;
  }

  SlowHandler slow;
};

// Greeting.

TEST_F(LifecycleTest, AnotherClusterIsRefusedByNameOnBothSides) {
  start();
  rpc::ChannelOptions options = channel_options();
  options.self.cluster = "production";
  connect_channel(options);
  const Status status = begin("Echo", "x")->at(0).error();
  EXPECT_EQ(status.code(), Code::failed_precondition);
  EXPECT_NE(status.message().find("'production'"), std::string::npos);
  EXPECT_NE(status.message().find("'test'"), std::string::npos);
  EXPECT_EQ(server->requests_running(), 0u);
}

TEST_F(LifecycleTest, TheServerItselfRefusesAnotherCluster) {
  start();
  const rpc::Identity stranger = {"production", NodeId(9), IncarnationId(90)};
  auto answer = finish(say(network, address, rpc::encode_hello(stranger)));
  rpc::wire::Header read;
  ASSERT_TRUE(rpc::decode_frame(answer.at(0).value(), read).ok());
  EXPECT_EQ(rpc::get_status(read),
            Status(Code::failed_precondition,
                   "node 3: cluster 'production' of the peer, cluster 'test' here"));
}

TEST_F(LifecycleTest, AClientThatFallsSilentIsGivenUp) {
  start();
  auto connection = std::move(finish(network.connect(address)).at(0).value());
  finish(connection->send(rpc::encode_hello(channel_options().self)));
  advance(rpc::ServerLimits().silence_max - 5ms);
  EXPECT_EQ(server->connections(), 1u);
  advance(10ms);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(LifecycleTest, AForeignVersionIsRefusedWithBothNamed) {
  start();
  rpc::wire::Header hello;
  hello.set_kind(rpc::wire::KIND_HELLO);
  hello.set_cluster("test");
  Bytes frame = rpc::encode_frame(hello, Bytes());
  hello.set_protocol_version(7);
  frame = hello.SerializeAsString();
  frame += Bytes({static_cast<char>(frame.size()), 0, 0, 0});
  auto answer = finish(say(network, address, frame));
  rpc::wire::Header read;
  ASSERT_TRUE(rpc::decode_frame(answer.at(0).value(), read).ok());
  EXPECT_EQ(rpc::get_status(read),
            Status(Code::unsupported,
                   "node 3: protocol version 7 of the peer, versions 1 to 2 here; nodes work "
                   "together with those of the release before or after theirs"));
}

// Both ends know each other's release only by its hello.
class ReleasesTest : public LifecycleTest,
                     public testing::WithParamInterface<std::pair<Release, Release>> {
 public:
  static int said_older(const RpcNode& node) {
    return static_cast<int>(std::ranges::count(node.tracer.names, "rpc.speaks_older"));
  }
};

TEST_P(ReleasesTest, TheOlderOneDecidesWhatIsSpoken) {
  const auto [of_server, of_client] = GetParam();
  rpc::ServerOptions server_side = server_options();
  server_side.self.release = of_server;
  start(server_side);
  rpc::ChannelOptions client_side = channel_options();
  client_side.self.release = of_client;
  connect_channel(client_side);
  EXPECT_EQ(begin("Echo", "x")->at(0).value(), "x");
  const bool older = of_server == Release::first || of_client == Release::first;
  EXPECT_EQ(said_older(client), older && of_client == Release::second ? 1 : 0);
  EXPECT_EQ(said_older(*server_node), older && of_server == Release::second ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Of, ReleasesTest,
                         testing::Values(std::pair(Release::first, Release::first),
                                         std::pair(Release::first, Release::second),
                                         std::pair(Release::second, Release::first),
                                         std::pair(Release::second, Release::second)),
                         [](const auto& info) {
                           return "Server" + std::to_string(number_of(info.param.first)) +
                                  "Client" + std::to_string(number_of(info.param.second));
                         });

TEST_F(LifecycleTest, ANumberThatNoMethodHasIsRefusedAsAnUnknownMethod) {
  start();
  auto connection = std::move(finish(network.connect(address)).at(0).value());
  finish(connection->send(rpc::encode_hello(channel_options().self)));
  rpc::wire::Header read;
  Bytes answer = finish(connection->receive()).at(0).value();
  ASSERT_TRUE(rpc::decode_frame(answer, read).ok());
  EXPECT_EQ(read.methods_size(), 2);
  for (const std::uint32_t number : {3u, 4'000'000'000u}) {
    rpc::wire::Header request;
    request.set_protocol_version(2);
    request.set_kind(rpc::wire::KIND_REQUEST);
    request.set_request_id(number);
    request.set_method_number(number);
    finish(connection->send(rpc::encode_frame(request, Bytes())));
    answer = finish(connection->receive()).at(0).value();
    ASSERT_TRUE(rpc::decode_frame(answer, read).ok());
    EXPECT_EQ(rpc::get_status(read), Status(Code::unsupported, "the method is not known here"));
  }
  // A version that was not agreed on is a breach, after which the connection is closed.
  read.set_protocol_version(1);
  finish(connection->send(rpc::encode_frame(read, Bytes())));
  EXPECT_FALSE(finish(connection->receive()).at(0).has_value());
  EXPECT_EQ(server->connections(), 0u);
  connection->close();
}

// A server of a later version, which answers in its own.
Task<void> speak_version_7(Listener& listener) {
  while (true) {
    Result<std::unique_ptr<Connection>> connection = co_await listener.accept();
    if (!connection) co_return;
    Result<Bytes> hello = co_await (*connection)->receive();
    if (!hello) continue;
    rpc::wire::Header header;
    header.set_kind(rpc::wire::KIND_HELLO);
    header.set_protocol_version(7);
    Bytes frame = header.SerializeAsString();
    frame += Bytes({static_cast<char>(frame.size()), 0, 0, 0});
    Status sent = co_await (*connection)->send(frame);
    hello = co_await (*connection)->receive();
  }
}

TEST_F(LifecycleTest, TheClientRefusesAServerOfAForeignVersion) {
  auto listener = std::move(finish(network.listen(address)).at(0).value());
  server_node->spawn(speak_version_7(*listener));
  connect_channel();
  CallOptions options = within(5s);
  options.idempotent = true;
  const Status status = begin("Echo", "x", options)->at(0).error();
  EXPECT_EQ(status.code(), Code::unsupported);
  EXPECT_NE(status.message().find("version 7"), std::string::npos);
  EXPECT_NE(status.message().find("versions 1 to 2"), std::string::npos);
  listener->close();
  run();
}

TEST_F(LifecycleTest, AConnectionThatDoesNotGreetIsGivenUp) {
  start();
  auto connection = std::move(finish(network.connect(address)).at(0).value());
  run();
  EXPECT_EQ(server->connections(), 1u);
  advance(rpc::ServerLimits().hello_timeout + 1ms);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(LifecycleTest, ARequestWithoutAHelloIsRefused) {
  start();
  rpc::wire::Header header;
  header.set_kind(rpc::wire::KIND_REQUEST);
  header.set_request_id(1);
  header.set_method("Slow");
  auto answer = finish(say(network, address, rpc::encode_frame(header, Bytes())));
  ASSERT_TRUE(rpc::decode_frame(answer.at(0).value(), header).ok());
  EXPECT_EQ(rpc::get_status(header).code(), Code::failed_precondition);
  EXPECT_EQ(slow.started, 0);
}

// Identity.

TEST_F(LifecycleTest, ACallForAnotherIncarnationIsFencedAndNotRun) {
  start();
  connect_channel();
  CallOptions options;
  options.target_incarnation = IncarnationId(29);
  const Status status = begin("Slow", "x", options)->at(0).error();
  EXPECT_EQ(status.code(), Code::fenced);
  EXPECT_NE(status.message().find("29"), std::string::npos);
  EXPECT_NE(status.message().find("30"), std::string::npos);
  EXPECT_EQ(slow.started, 0);
  options.target_incarnation = IncarnationId(30);
  EXPECT_EQ(begin("Echo", "x", options)->at(0).value(), "x");
}

// Limits, each named by its refusal.

void expect_exhausted(const Result<Bytes>& result, const std::string& limit) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::resource_exhausted);
  EXPECT_NE(result.error().message().find(limit + ":"), std::string::npos) << result.error();
}

TEST_F(LifecycleTest, RequestsOfAConnectionAreBounded) {
  rpc::ServerOptions options = server_options();
  options.limits.requests_per_connection_max = 2;
  start(options);
  connect_channel();
  auto one = begin("Slow", "1");
  auto two = begin("Slow", "2");
  expect_exhausted(begin("Slow", "3")->at(0), "requests_per_connection_max");
  EXPECT_EQ(slow.started, 2);
  slow.gate.open();
  run();
  EXPECT_EQ(begin("Slow", "3")->at(0).value(), "3!");
}

TEST_F(LifecycleTest, RequestsOfAServerAreBoundedOverItsConnections) {
  rpc::ServerOptions options = server_options();
  options.limits.requests_max = 1;
  start(options);
  connect_channel();
  rpc::RpcChannel other(client.environment, address, channel_options());
  auto one = begin("Slow", "1");
  expect_exhausted(finish(other.call("Slow", "2")).at(0), "requests_max");
  client.spawn(other.stop());
  run();
}

TEST_F(LifecycleTest, CallsOfAChannelAreBounded) {
  start();
  rpc::ChannelOptions options = channel_options();
  options.calls_max = 2;
  connect_channel(options);
  auto one = begin("Slow", "1");
  auto two = begin("Slow", "2");
  expect_exhausted(begin("Echo", "3")->at(0), "calls_max");
}

TEST_F(LifecycleTest, StreamsOfAConnectionAreBounded) {
  rpc::ServerOptions options = server_options();
  options.limits.streams_per_connection_max = 0;
  server = std::make_unique<RpcServer>(server_node->environment, options);
  server->handle_stream("S", rpc::StreamHandler([](auto, Bytes, rpc::Stream&) -> Task<Status> {
                          co_return Status();
                        }));
  auto started = server_node->spawn(server->start(address));
  run();
  connect_channel();
  auto stream = std::move(finish(channel->open_stream("S", "")).at(0).value());
  auto end = finish(stream->receive());
  EXPECT_EQ(end.at(0).error().code(), Code::resource_exhausted);
}

TEST_F(LifecycleTest, ConnectionsOfAServerAreBounded) {
  rpc::ServerOptions options = server_options();
  options.limits.connections_max = 1;
  start(options);
  connect_channel();
  EXPECT_EQ(begin("Echo", "x")->at(0).value(), "x");
  rpc::RpcChannel other(client.environment, address, channel_options());
  EXPECT_EQ(finish(other.call("Echo", "x")).at(0).error().code(), Code::unavailable);
  client.spawn(other.stop());
  run();
}

TEST_F(LifecycleTest, APeerThatDoesNotReadIsCutOff) {
  rpc::ServerOptions options = server_options();
  options.limits.posted_frames_max = 100;
  start(options);
  connect_channel();
  begin("Echo", "x");
  network.last_link().to_client.window = 0;
  for (int i = 0; i < 300; ++i) client.spawn(channel->call("Nothing", ""));
  run();
  EXPECT_TRUE(network.last_link().broken);
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(LifecycleTest, AnAnswerAboveTheLimitOfAMessageIsUnknown) {
  start_server([](RpcServer& rpc_server) {
    rpc_server.handle("Big", rpc::Handler([](auto, Bytes) -> Task<Result<Bytes>> {
                        co_return Bytes(20u << 20, 'x');
                      }));
  });
  connect_channel();
  const Status status = begin("Big", "")->at(0).error();
  EXPECT_EQ(status.code(), Code::unknown);
  EXPECT_NE(status.message().find("limit"), std::string::npos);
}

// Breaches of the protocol: the connection goes, nothing else does.

class BreachTest : public LifecycleTest {
 public:
  // Greets as a client and sends the frames; whether the server cut it off.
  bool cut_off(std::vector<Bytes> frames) {
    start_server([&](RpcServer& rpc_server) {
      slow.add_to(rpc_server);
      rpc_server.handle_stream("Waits", rpc::StreamHandler([this](auto, Bytes, rpc::Stream&) {
                                 return wait_for(slow.gate);
                               }));
    });
    auto connection = std::move(finish(network.connect(address)).at(0).value());
    frames.insert(frames.begin(), rpc::encode_hello(channel_options().self));
    client.spawn(send_all(*connection, std::move(frames)));
    run();
    return server->connections() == 0;
  }
  static Task<Status> wait_for(Gate& gate) { co_return co_await gate.wait(); }
  static Task<void> send_all(Connection& connection, std::vector<Bytes> frames) {
    for (Bytes& frame : frames) {
      Status sent = co_await connection.send(std::move(frame));
      if (!sent.ok()) co_return;
    }
  }
  static Bytes frame(rpc::wire::Kind kind, std::uint64_t id, Bytes payload = {},
                     std::int64_t credit_bytes = 0) {
    rpc::wire::Header header;
    header.set_protocol_version(2);
    header.set_kind(kind);
    header.set_request_id(id);
    header.set_method(kind == rpc::wire::KIND_STREAM_OPEN ? "Waits" : "Slow");
    header.set_credit_bytes(credit_bytes);
    return rpc::encode_frame(header, std::move(payload));
  }
};

TEST_F(BreachTest, MessagesWithinTheWindowAreFine) {
  EXPECT_FALSE(cut_off({frame(rpc::wire::KIND_STREAM_OPEN, 1),
                        frame(rpc::wire::KIND_STREAM_MESSAGE, 1, Bytes(1 << 20, 'x')),
                        frame(rpc::wire::KIND_STREAM_CREDIT, 1, {}, 5),
                        frame(rpc::wire::KIND_STREAM_MESSAGE, 77, "of a stream long gone"),
                        frame(rpc::wire::KIND_REQUEST, 2), frame(rpc::wire::KIND_CANCEL, 99)}));
}

TEST_F(BreachTest, MessagesBeyondTheWindowAreABreach) {
  EXPECT_TRUE(cut_off({frame(rpc::wire::KIND_STREAM_OPEN, 1),
                       frame(rpc::wire::KIND_STREAM_MESSAGE, 1, Bytes(1 << 20, 'x')),
                       frame(rpc::wire::KIND_STREAM_MESSAGE, 1)}));
}

TEST_F(BreachTest, MessagesAfterTheEndAreABreach) {
  EXPECT_TRUE(cut_off({frame(rpc::wire::KIND_STREAM_OPEN, 1), frame(rpc::wire::KIND_STREAM_END, 1),
                       frame(rpc::wire::KIND_STREAM_MESSAGE, 1)}));
}

TEST_F(BreachTest, CreditThatOverflowsIsABreach) {
  EXPECT_TRUE(cut_off({frame(rpc::wire::KIND_STREAM_OPEN, 1),
                       frame(rpc::wire::KIND_STREAM_CREDIT, 1, {}, INT64_MAX)}));
}

TEST_F(BreachTest, AnIdInUseIsABreach) {
  EXPECT_TRUE(cut_off({frame(rpc::wire::KIND_REQUEST, 1), frame(rpc::wire::KIND_REQUEST, 1)}));
  EXPECT_EQ(slow.started, slow.cancelled);
}

TEST_F(BreachTest, WhatOnlyAServerSaysIsABreach) {
  EXPECT_TRUE(cut_off({frame(rpc::wire::KIND_RESPONSE, 1)}));
}

// Reconnecting.

TEST(BackOff, DoublesToItsBoundAndStaysInTheUpperHalf) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    rpc::BackOff back_off(10ms, 75ms, Random(seed));
    for (Duration bound : {10ms, 20ms, 40ms, 75ms, 75ms, 75ms}) {
      const Duration wait = back_off.next();
      EXPECT_LE(wait, bound);
      EXPECT_GE(wait, bound / 2);
    }
    back_off.reset();
    EXPECT_LE(back_off.next(), 10ms);
  }
}

TEST(BackOff, WaitsDifferBetweenPeers) {
  rpc::BackOff one(1s, 1s, Random(1));
  rpc::BackOff two(1s, 1s, Random(2));
  EXPECT_NE(one.next(), two.next());
}

TEST_F(LifecycleTest, AttemptsToReconnectAreBounded) {
  connect_channel();
  CallOptions options = within(1h);
  options.idempotent = true;
  auto call = begin("Echo", "x", options);
  advance(60s);
  // At most: the doubling ones, then one each half maximum.
  EXPECT_LE(network.dialed(), 10u + 60u);
  EXPECT_GE(network.dialed(), 30u);
  EXPECT_TRUE(call->empty());
}

TEST_F(LifecycleTest, AServerThatBreaksEachConnectionIsBackedOffToo) {
  start();
  connect_channel();
  network.on_accepted = [](MemoryLink& link, MemoryPipe& pipe, const Bytes&) {
    if (&pipe == &link.to_client && pipe.accepted > 1) link.sever();
  };
  for (int i = 0; i < 10'000; ++i) {
    begin("Echo", "x");
    advance(1ms);
  }
  EXPECT_LE(network.dialed(), 10u + 10u);
  network.on_accepted = nullptr;
  advance(5s);
  EXPECT_EQ(begin("Echo", "x")->at(0).value(), "x");
}

TEST_F(LifecycleTest, ABrokenConnectionIsMadeAgainWhenNeeded) {
  start();
  connect_channel();
  begin("Echo", "x");
  network.last_link().sever();
  advance(5s);
  EXPECT_EQ(network.dialed(), 1u);
  EXPECT_EQ(begin("Echo", "y")->at(0).value(), "y");
  EXPECT_EQ(network.dialed(), 2u);
}

TEST_F(LifecycleTest, AServerThatCameBackIsKnownByItsIncarnation) {
  start();
  connect_channel();
  begin("Echo", "x");
  crash_server();
  network.last_link().sever();
  start(server_options(31));
  advance(1s);
  EXPECT_EQ(begin("Echo", "y")->at(0).value(), "y");
  EXPECT_EQ(channel->peer_incarnation(), IncarnationId(31));
}

// Stopping and crashing.

TEST_F(LifecycleTest, StoppingTheChannelEndsEveryCallByItsPhase) {
  start();
  connect_channel();
  auto sent = begin("Slow", "x");
  MemoryLink::set_mode(network.last_link().to_server, Pipe::deliver);
  CallOptions patient;
  patient.idempotent = true;
  rpc::RpcChannel other(client.environment, {"nowhere", 1}, channel_options());
  auto unsent = client.spawn(other.call("Slow", "x", patient));
  run();
  client.spawn(other.stop());
  stop_channel();
  EXPECT_EQ(sent->at(0).error().category(), Category::unknown_outcome);
  EXPECT_EQ(unsent->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(slow.cancelled, 1);
  EXPECT_EQ(begin("Echo", "x")->at(0).error().code(), Code::unavailable);
  EXPECT_EQ(network.open_links(), 0u);
}

TEST_F(LifecycleTest, StoppingTheServerEndsItsHandlersAndBreaksItsConnections) {
  start();
  connect_channel();
  auto call = begin("Slow", "x");
  stop_server();
  EXPECT_EQ(slow.cancelled, 1);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(server->requests_running(), 0u);
  EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_EQ(server_node->executor.frames(), 0);
  EXPECT_EQ(network.open_links(), 0u);
}

Task<void> drain(RpcServer& draining, MonotonicTime until, bool& done) {
  co_await draining.drain(until);
  done = true;
}

TEST_F(LifecycleTest, ADrainAnswersWhatRunsAndRefusesWhatIsNew) {
  start();
  connect_channel();
  auto call = begin("Slow", "x");
  bool drained = false;
  server_node->spawn(drain(*server, clock.monotonic() + 10s, drained));
  run();
  EXPECT_FALSE(drained);
  EXPECT_EQ(begin("Echo", "new")->at(0).error().code(), Code::unavailable);
  EXPECT_FALSE(finish(network.connect(address)).at(0).has_value());
  slow.gate.open();
  run();
  EXPECT_EQ(call->at(0).value(), "x!");
  EXPECT_TRUE(drained);
  stop_server();
}

TEST_F(LifecycleTest, ADrainWaitsNoLongerThanItIsTold) {
  start();
  connect_channel();
  auto call = begin("Slow", "x");
  bool drained = false;
  server_node->spawn(drain(*server, clock.monotonic() + 1s, drained));
  advance(999ms);
  EXPECT_FALSE(drained);
  advance(2ms);
  EXPECT_TRUE(drained);
  EXPECT_EQ(slow.cancelled, 0);  // that is for stop()
  stop_server();
}

TEST_F(LifecycleTest, ACrashInTheMiddleLeavesNoFrameOfTheServer) {
  start();
  connect_channel();
  std::vector<std::shared_ptr<std::vector<Result<Bytes>>>> calls;
  for (int i = 0; i < 20; ++i) calls.push_back(begin("Slow", "x"));
  crash_server();
  run();
  for (const auto& call : calls) EXPECT_EQ(call->at(0).error().code(), Code::unknown);
  EXPECT_EQ(slow.cancelled, 0);  // no code of a crashed handler runs
}

Task<Status> wait_for(Gate& gate) {
  co_return co_await gate.wait();
}

Task<void> use_stream(rpc::RpcChannel& channel) {
  auto stream = co_await channel.open_stream("Echoes", "x");
  EXPECT_TRUE(stream.has_value());
  auto message = co_await (*stream)->receive();
  ADD_FAILURE() << "never answered";
}

TEST_F(LifecycleTest, ACrashInTheMiddleLeavesNoFrameOfTheClient) {
  start_server([&](RpcServer& rpc_server) {
    slow.add_to(rpc_server);
    rpc_server.handle_stream("Echoes", rpc::StreamHandler([this](auto, Bytes, rpc::Stream&) {
                               return wait_for(slow.gate);
                             }));
  });
  connect_channel();
  for (int i = 0; i < 5; ++i) begin("Slow", "x");
  client.spawn(use_stream(*channel));
  run();
  auto other = std::make_unique<rpc::RpcChannel>(client.environment, Address{"nowhere", 1},
                                                 channel_options());
  CallOptions patient;
  patient.idempotent = true;
  client.spawn(other->call("Slow", "x", patient));
  run();
  client.executor.stop_and_drop_frames();
  EXPECT_EQ(client.executor.frames(), 0);
  EXPECT_GT(slow.started, 0);
  channel.reset();
  other.reset();
  run();
  EXPECT_EQ(slow.cancelled, 5);
  EXPECT_EQ(server->connections(), 0u);
}

}  // namespace
}  // namespace eyrie::test
