// The Network (runtime/network.h), in any world.
#include <memory>
#include <string>
#include <vector>

#include "runtime/combine.h"
#include "runtime/sync.h"
#include "tests/seams/seam_suite.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NetworkSuite);

namespace {

// Both ends of a connection in one machine.
struct Ends {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Connection> server;
  std::unique_ptr<Connection> client;
};

Task<void> accept_one(Listener& listener, std::unique_ptr<Connection>& accepted) {
  EYRIE_CO_ASSERT_TRY(accepted, co_await listener.accept());
}

Task<void> open_ends(Environment& environment, std::string host, Ends& ends) {
  EYRIE_CO_ASSERT_TRY(ends.listener, co_await environment.network.listen({std::move(host), 0}));
  TaskGroup group(co_await this_scope());
  group.spawn(accept_one(*ends.listener, ends.server));
  EYRIE_CO_ASSERT_TRY(ends.client, co_await environment.network.connect(ends.listener->address()));
  co_await group.join();
}

Task<void> receive_one(Connection& connection, Result<Bytes>& out) {
  out = co_await connection.receive();
}

// A message knows its place, so that order and loss show.
Bytes numbered(std::size_t number, std::size_t bytes) {
  Bytes message = std::to_string(number) + ".";
  message.resize(std::max(message.size(), bytes), 'x');
  return message;
}

Task<void> expect_numbered(Connection& connection, std::size_t count, std::size_t bytes) {
  for (std::size_t i = 0; i < count; ++i) {
    EYRIE_CO_ASSERT_TRY(const Bytes message, co_await connection.receive());
    EYRIE_CO_ASSERT(message == numbered(i, bytes));
  }
}

Task<void> send_numbered(Connection& connection, std::size_t count, std::size_t bytes) {
  for (std::size_t i = 0; i < count; ++i) {
    EYRIE_CO_ASSERT_OK(co_await connection.send(numbered(i, bytes)));
  }
}

Task<void> send_every_size(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  for (const std::size_t bytes : {0, 1, 511, 65'536, 100'000, 3'000'000}) {
    Bytes message(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) message[i] = static_cast<char>(i * 31 % 251);
    EYRIE_CO_ASSERT_OK(co_await ends.client->send(message));
    EYRIE_CO_ASSERT_TRY(const Bytes there, co_await ends.server->receive());
    EYRIE_CO_ASSERT(there == message);
    EYRIE_CO_ASSERT_OK(co_await ends.server->send(there));
    EYRIE_CO_ASSERT_TRY(const Bytes back, co_await ends.client->receive());
    EYRIE_CO_ASSERT(back == message);
  }
}

TEST_P(NetworkSuite, MessagesOfEverySizeArriveWhole) {
  run([this](Environment& e) { return send_every_size(e, world->host("alone")); });
}

Task<void> send_both_ways(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  TaskGroup group(co_await this_scope());
  for (Connection* end : {ends.server.get(), ends.client.get()}) {
    group.spawn(send_numbered(*end, 2'000, 200));
    group.spawn(expect_numbered(*end, 2'000, 200));
  }
  co_await group.join();
}

TEST_P(NetworkSuite, MessagesArriveInOrderBothWaysAtOnce) {
  run([this](Environment& e) { return send_both_ways(e, world->host("alone")); });
}

// Sends overlap: each is called before those before it have ended. 3 MB each fill any window.
Task<void> call_send(Connection& connection, std::size_t& called) {
  const std::size_t number = called++;
  EYRIE_CO_ASSERT_OK(co_await connection.send(numbered(number, 3'000'000)));
}

Task<void> overlap_sends(Environment& environment, std::string host) {
  constexpr std::size_t kSends = 16;
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  std::size_t called = 0;
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < kSends; ++i) group.spawn(call_send(*ends.client, called));
  co_await expect_numbered(*ends.server, kSends, 3'000'000);
  co_await group.join();
}

TEST_P(NetworkSuite, SendsThatOverlapKeepTheOrderOfTheirCalls) {
  run([this](Environment& e) { return overlap_sends(e, world->host("alone")); });
}

struct Flood {
  std::size_t accepted = 0;
  bool ended = false;
};

Task<void> flood(Connection& connection, std::size_t count, std::size_t bytes, Flood& state) {
  while (state.accepted < count) {
    const Status status = co_await connection.send(numbered(state.accepted, bytes));
    if (!status.ok()) break;
    ++state.accepted;
  }
  state.ended = true;
}

Task<void> press_back(Environment& environment, std::string host) {
  constexpr std::size_t kCount = 1'000;
  constexpr std::size_t kBytes = 64 << 10;
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  Flood state;
  TaskGroup group(co_await this_scope());
  group.spawn(flood(*ends.client, kCount, kBytes, state));
  // Long enough to send all of it several times over, if nothing held the sender back.
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_FALSE(state.ended) << "all " << kCount << " messages were taken and none received";
  co_await expect_numbered(*ends.server, kCount, kBytes);
  co_await group.join();
  EXPECT_EQ(state.accepted, kCount);
}

TEST_P(NetworkSuite, ASenderWaitsForAReceiverThatDoesNot) {
  run([this](Environment& e) { return press_back(e, world->host("alone")); });
}

Task<void> exceed_the_limit(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  const Status refused = co_await ends.client->send(Bytes(kMessageBytesMax + 1, 'x'));
  EXPECT_EQ(refused.code(), Code::resource_exhausted);
  EYRIE_CO_ASSERT_OK(co_await ends.client->send("small"));
  EYRIE_CO_ASSERT_TRY(const Bytes message, co_await ends.server->receive());
  EXPECT_EQ(message, "small");
}

TEST_P(NetworkSuite, AMessageBeyondTheLimitIsRefusedAndTheConnectionLives) {
  run([this](Environment& e) { return exceed_the_limit(e, world->host("alone")); });
}

Task<void> close_here(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  Result<Bytes> received = Bytes("nothing");
  TaskGroup group(co_await this_scope());
  group.spawn(receive_one(*ends.client, received));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  ends.client->close();
  ends.client->close();
  co_await group.join();
  EYRIE_CO_ASSERT(!received);
  EXPECT_EQ(received.error().code(), Code::unavailable);
  EXPECT_EQ((co_await ends.client->send("late")).code(), Code::unavailable);
  EXPECT_EQ(status_of(co_await ends.client->receive()).code(), Code::unavailable);
}

TEST_P(NetworkSuite, CloseEndsWhatWaitsHere) {
  run([this](Environment& e) { return close_here(e, world->host("alone")); });
}

Task<void> close_while_sending(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  Flood state;
  TaskGroup group(co_await this_scope());
  group.spawn(flood(*ends.client, 100'000, 64 << 10, state));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(20ms));
  ends.client->close();
  co_await group.join();
  EXPECT_LT(state.accepted, 100'000u);
}

TEST_P(NetworkSuite, CloseEndsASendThatWaits) {
  run([this](Environment& e) { return close_while_sending(e, world->host("alone")); });
}

// Sends until it fails; a peer's close is seen sooner or later.
Task<Status> send_until_it_fails(Environment& environment, Connection& connection) {
  while (true) {
    EYRIE_CO_RETURN_IF_ERROR(co_await connection.send("x"));
    EYRIE_CO_RETURN_IF_ERROR(co_await environment.clock.sleep_for(1ms));
  }
}

Task<void> close_there(Environment& environment, std::string host, bool destroy) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  EYRIE_CO_ASSERT_OK(co_await ends.client->send("before"));
  EYRIE_CO_ASSERT_TRY(const Bytes before, co_await ends.server->receive());
  EXPECT_EQ(before, "before");
  Result<Bytes> received = Bytes("nothing");
  TaskGroup group(co_await this_scope());
  group.spawn(receive_one(*ends.server, received));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  if (destroy) {
    ends.client.reset();
  } else {
    ends.client->close();
  }
  co_await group.join();
  EYRIE_CO_ASSERT(!received);
  EXPECT_EQ(received.error().code(), Code::unavailable);
  EXPECT_EQ((co_await send_until_it_fails(environment, *ends.server)).code(), Code::unavailable);
}

TEST_P(NetworkSuite, CloseEndsWhatWaitsAtThePeer) {
  run([this](Environment& e) { return close_there(e, world->host("alone"), false); });
}

TEST_P(NetworkSuite, DestroyingAConnectionClosesIt) {
  run([this](Environment& e) { return close_there(e, world->host("alone"), true); });
}

Task<void> close_one_of_two(Environment& environment, std::string host) {
  Ends first;
  Ends second;
  co_await open_ends(environment, host, first);
  co_await open_ends(environment, host, second);
  EYRIE_CO_ASSERT(first.server && second.server);
  first.client->close();
  EXPECT_EQ(status_of(co_await first.server->receive()).code(), Code::unavailable);
  EYRIE_CO_ASSERT_OK(co_await second.client->send("alive"));
  EYRIE_CO_ASSERT_TRY(const Bytes message, co_await second.server->receive());
  EXPECT_EQ(message, "alive");
}

TEST_P(NetworkSuite, ConnectionsAreIndependent) {
  run([this](Environment& e) { return close_one_of_two(e, world->host("alone")); });
}

Task<void> cancel_a_receive(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  TaskGroup group(environment.executor);
  Result<Bytes> received = Bytes("nothing");
  group.spawn(receive_one(*ends.server, received));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  group.cancel();
  co_await group.join();
  EYRIE_CO_ASSERT(!received);
  EXPECT_EQ(received.error().code(), Code::cancelled);
  const Result<Bytes> late = co_await with_deadline(
      environment.clock, environment.clock.monotonic() + 1ms, ends.server->receive());
  EYRIE_CO_ASSERT(!late);
  EXPECT_EQ(late.error().code(), Code::deadline_exceeded);
  EYRIE_CO_ASSERT_OK(co_await ends.client->send("not lost"));
  EYRIE_CO_ASSERT_TRY(const Bytes message, co_await ends.server->receive());
  EXPECT_EQ(message, "not lost");
}

TEST_P(NetworkSuite, ACancelledReceiveLosesNothing) {
  run([this](Environment& e) { return cancel_a_receive(e, world->host("alone")); });
}

Task<void> cancel_a_send(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  Flood state;
  TaskGroup group(environment.executor);
  group.spawn(flood(*ends.client, 100'000, 64 << 10, state));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(100ms));
  group.cancel();
  co_await group.join();
  // What was accepted arrives, and nothing of what was not.
  TaskGroup receivers(co_await this_scope());
  receivers.spawn(expect_numbered(*ends.server, state.accepted, 64 << 10));
  co_await receivers.join();
  EYRIE_CO_ASSERT_OK(co_await ends.client->send("after"));
  EYRIE_CO_ASSERT_TRY(const Bytes message, co_await ends.server->receive());
  EXPECT_EQ(message, "after");
}

TEST_P(NetworkSuite, ACancelledSendWasNotSent) {
  run([this](Environment& e) { return cancel_a_send(e, world->host("alone")); });
}

Task<void> check_addresses(Environment& environment, std::string host) {
  Ends ends;
  co_await open_ends(environment, host, ends);
  EYRIE_CO_ASSERT(ends.server && ends.client);
  EXPECT_EQ(ends.listener->address().host, host);
  EXPECT_NE(ends.listener->address().port, 0);
  EXPECT_EQ(ends.client->peer(), ends.listener->address());
  EXPECT_EQ(ends.server->peer().host, host);
}

TEST_P(NetworkSuite, EachEndKnowsItsPeer) {
  run([this](Environment& e) { return check_addresses(e, world->host("alone")); });
}

Task<void> listen_twice(Environment& environment, std::string host) {
  Network& network = environment.network;
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<Listener> first, co_await network.listen({host, 0}));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> other, co_await network.listen({host, 0}));
  EXPECT_NE(first->address(), other->address());
  const Address address = first->address();
  const Result<std::unique_ptr<Listener>> refused = co_await network.listen(address);
  EYRIE_CO_ASSERT(!refused);
  EXPECT_EQ(refused.error().code(), Code::already_exists);
  EXPECT_NE(refused.error().message().find(to_string(address)), std::string::npos)
      << refused.error();
  first.reset();
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> again, co_await network.listen(address));
}

TEST_P(NetworkSuite, APortHasOneListenerAndIsFreeAfterIt) {
  run([this](Environment& e) { return listen_twice(e, world->host("alone")); });
}

Task<void> connect_to_nobody(Environment& environment, std::string host) {
  Network& network = environment.network;
  EYRIE_CO_ASSERT_TRY(std::unique_ptr<Listener> listener, co_await network.listen({host, 0}));
  const Address address = listener->address();
  listener.reset();
  const Result<std::unique_ptr<Connection>> refused = co_await network.connect(address);
  EYRIE_CO_ASSERT(!refused);
  EXPECT_EQ(refused.error().code(), Code::unavailable);
}

TEST_P(NetworkSuite, AConnectThatNobodyAcceptsIsRefused) {
  run([this](Environment& e) { return connect_to_nobody(e, world->host("alone")); });
}

using Accepted = Result<std::unique_ptr<Connection>>;

Task<void> store_accept(Listener& listener, Code& out) {
  const Accepted accepted = co_await listener.accept();
  out = accepted ? Code::ok : accepted.error().code();
}

Task<void> end_accepts(Environment& environment, std::string host) {
  Network& network = environment.network;
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> listener, co_await network.listen({host, 0}));
  TaskGroup group(environment.executor);
  Code code = Code::ok;
  group.spawn(store_accept(*listener, code));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  group.cancel();
  co_await group.join();
  EXPECT_EQ(code, Code::cancelled);
  // A cancelled accept takes no connection.
  std::unique_ptr<Connection> server;
  TaskGroup acceptors(co_await this_scope());
  acceptors.spawn(accept_one(*listener, server));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> client,
                      co_await network.connect(listener->address()));
  co_await acceptors.join();
  EXPECT_NE(server, nullptr);
  acceptors.spawn(store_accept(*listener, code));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  listener->close();
  listener->close();
  co_await acceptors.join();
  EXPECT_EQ(code, Code::failed_precondition);
  const Accepted after = co_await listener->accept();
  EYRIE_CO_ASSERT(!after);
  EXPECT_EQ(after.error().code(), Code::failed_precondition);
}

TEST_P(NetworkSuite, AnAcceptEndsByCancellationOrWithItsListener) {
  run([this](Environment& e) { return end_accepts(e, world->host("alone")); });
}

// A server that sends back what it gets, until its listener is closed. Used on its machine alone.
struct EchoServer {
  explicit EchoServer(Environment& environment) : group(environment.executor) {}
  std::unique_ptr<Listener> listener;
  TaskGroup group;
};

Task<void> echo(std::unique_ptr<Connection> connection) {
  while (true) {
    Result<Bytes> message = co_await connection->receive();
    if (!message || !(co_await connection->send(std::move(*message))).ok()) co_return;
  }
}

Task<void> serve(EchoServer& server) {
  while (true) {
    Accepted connection = co_await server.listener->accept();
    if (!connection) co_return;
    server.group.spawn(echo(std::move(*connection)));
  }
}

Task<void> start_echo(Environment& environment, std::string host,
                      std::unique_ptr<EchoServer>& server) {
  server = std::make_unique<EchoServer>(environment);
  EYRIE_CO_ASSERT_TRY(server->listener, co_await environment.network.listen({host, 0}));
  server->group.spawn(serve(*server));
}

Task<void> call_echo(Environment& environment, Address address) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> connection,
                      co_await environment.network.connect(address));
  TaskGroup group(co_await this_scope());
  group.spawn(send_numbered(*connection, 500, 1'000));
  co_await expect_numbered(*connection, 500, 1'000);
  co_await group.join();
}

Task<void> stop_echo(std::unique_ptr<EchoServer>& server) {
  server->listener->close();
  co_await server->group.join();
}

TEST_P(NetworkSuite, MachinesTalkToEachOther) {
  std::unique_ptr<EchoServer> server;
  const std::string host = world->host("server");
  run_on("server", [&](Environment& e) { return start_echo(e, host, server); });
  ASSERT_TRUE(server && server->listener);
  const Address address = server->listener->address();
  for (const char* client : {"first", "second"}) {
    run_on(client, [&](Environment& e) { return call_echo(e, address); });
  }
  // Its connections end because the clients closed theirs.
  run_on("server", [&](Environment&) { return stop_echo(server); });
}

}  // namespace
}  // namespace eyrie::test
