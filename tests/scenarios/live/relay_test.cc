#include "scenarios/live/relay.h"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "runtime/combine.h"
#include "runtime/random.h"
#include "tests/support/co_assert.h"
#include "tests/support/real_server.h"
#include "tests/support/real_world.h"

namespace eyrie::scenarios::live {
namespace {

using test::RealTestWorld;

constexpr Duration kLong = 10s;       // nobody waits so long, unless something is wrong
constexpr Duration kSilence = 300ms;  // in which nothing may come

Task<Result<std::unique_ptr<ByteStream>>> connect(ByteNetwork& network, Address address) {
  co_return co_await network.connect(std::move(address));
}

Task<Result<Bytes>> read(ByteStream& stream) {
  co_return co_await stream.read_some(1'000);
}

Task<Result<Bytes>> read_in(AsioMachine& machine, Duration time, ByteStream& stream) {
  Clock& clock = machine.environment().clock;
  return with_deadline(clock, clock.monotonic() + time, read(stream));
}

Task<void> expect_silence(AsioMachine& machine, ByteStream& stream) {
  const Result<Bytes> came = co_await read_in(machine, kSilence, stream);
  EXPECT_FALSE(came) << *came;
  if (!came) EXPECT_EQ(came.error().code(), Code::deadline_exceeded);
}

Task<void> expect_arrival(AsioMachine& machine, ByteStream& stream, std::string text) {
  EYRIE_CO_ASSERT_TRY(const Bytes came, co_await read_in(machine, kLong, stream));
  EXPECT_EQ(came, text);
}

// The peer's end or a reset, whichever comes.
Task<void> expect_end(AsioMachine& machine, ByteStream& stream) {
  const Result<Bytes> came = co_await read_in(machine, kLong, stream);
  EXPECT_TRUE(came ? came->empty() : came.error().code() == Code::unavailable);
}

class RelayTest : public testing::Test {
 protected:
  // Connects a client to a server through a relay, and calls what is to be seen.
  void run(Task<void> (*body)(AsioMachine&, Relay&, ByteStream& client, ByteStream& server)) {
    world_.run("relay",
               [&](Environment&) { return with_ends(world_.asio_machine("relay"), body); });
  }

  static Task<void> with_ends(AsioMachine& machine,
                              Task<void> (*body)(AsioMachine&, Relay&, ByteStream&, ByteStream&)) {
    EYRIE_CO_ASSERT_TRY(const auto listener, co_await machine.bytes().listen({"127.0.0.1", 0}));
    Relay relay(machine.executor(), machine.bytes(), machine.environment().clock,
                {"127.0.0.1", test::quiet_ports(1).front()}, listener->address());
    EYRIE_CO_ASSERT_OK(co_await relay.open());
    EYRIE_CO_ASSERT_TRY(const auto client, co_await connect(machine.bytes(), relay.address()));
    EYRIE_CO_ASSERT_TRY(const auto server, co_await listener->accept());
    co_await body(machine, relay, *client, *server);
    co_await relay.stop();
  }

  RealTestWorld world_;
};

Task<void> pass(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await client.write_some("question"));
  co_await expect_arrival(machine, server, "question");
  EYRIE_CO_ASSERT_OK(co_await server.write_some("answer"));
  co_await expect_arrival(machine, client, "answer");
  EXPECT_EQ(relay.connections(), 1u);
  client.shutdown_write();
  co_await expect_arrival(machine, server, "");
  // The other direction is still open.
  EYRIE_CO_ASSERT_OK(co_await server.write_some("more"));
  co_await expect_arrival(machine, client, "more");
}

TEST_F(RelayTest, PassesBothDirectionsAndTheirEnds) {
  run(pass);
}

// Both directions carry bytes.
Task<void> talk(AsioMachine& machine, ByteStream& client, ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await client.write_some("hello"));
  co_await expect_arrival(machine, server, "hello");
  EYRIE_CO_ASSERT_OK(co_await server.write_some("welcome"));
  co_await expect_arrival(machine, client, "welcome");
}

Task<void> refuse(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  co_await talk(machine, client, server);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::refuse));
  co_await expect_end(machine, client);
  co_await expect_end(machine, server);
  const auto refused = co_await connect(machine.bytes(), relay.address());
  EXPECT_FALSE(refused);
  EXPECT_EQ(relay.met().connections, 1u);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  EYRIE_CO_ASSERT_OK(co_await connect(machine.bytes(), relay.address()));
}

TEST_F(RelayTest, RefusesAndEndsWhatThereWas) {
  run(refuse);
}

Task<void> be_absent(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  co_await talk(machine, client, server);
  EYRIE_CO_ASSERT_OK(co_await relay.set_target_present(false));
  co_await expect_end(machine, client);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::slow, 1ms));
  EXPECT_FALSE(co_await connect(machine.bytes(), relay.address()));
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::refuse));
  EYRIE_CO_ASSERT_OK(co_await relay.set_target_present(true));
  EXPECT_FALSE(co_await connect(machine.bytes(), relay.address()));
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  EYRIE_CO_ASSERT_OK(co_await connect(machine.bytes(), relay.address()));
}

TEST_F(RelayTest, NobodyIsThereWithoutTheTargetWhateverTheMode) {
  run(be_absent);
}

void expect_met(const Relay& relay, std::size_t chunks, std::uint64_t bytes) {
  EXPECT_EQ(relay.met().chunks, chunks);
  EXPECT_EQ(relay.met().bytes, bytes);
  EXPECT_EQ(relay.met().connections, 0u);
}

Task<void> meet_nothing(AsioMachine& machine, Relay& relay, ByteStream& client,
                        ByteStream& server) {
  for (const RelayMode mode : {RelayMode::hold, RelayMode::slow}) {
    co_await talk(machine, client, server);
    EYRIE_CO_ASSERT_OK(co_await relay.set_mode(mode, 1ms));
    EYRIE_CO_ASSERT_OK(co_await machine.environment().clock.sleep_for(20ms));
    EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
    co_await talk(machine, client, server);
    EXPECT_FALSE(relay.met().any());
  }
}

TEST_F(RelayTest, AModeThatNothingPassesMeetsNothing) {
  run(meet_nothing);
}

Task<void> keep_waiting(AsioMachine& machine, Relay& relay, ByteStream&, ByteStream&) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::hold));
  EYRIE_CO_ASSERT_OK(co_await connect(machine.bytes(), relay.address()));
  for (int i = 0; i < 500 && !relay.met().any(); ++i) {
    EYRIE_CO_ASSERT_OK(co_await machine.environment().clock.sleep_for(10ms));
  }
  EXPECT_EQ(relay.met().connections, 1u);
}

TEST_F(RelayTest, AConnectionThatIsKeptWaitingIsMet) {
  run(keep_waiting);
}

Task<void> hold_to_target(AsioMachine& machine, Relay& relay, ByteStream& client,
                          ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::hold_to_target));
  EYRIE_CO_ASSERT_OK(co_await client.write_some("late"));
  EYRIE_CO_ASSERT_OK(co_await server.write_some("in time"));
  co_await expect_arrival(machine, client, "in time");
  co_await expect_silence(machine, server);
  expect_met(relay, 1, 4);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  co_await expect_arrival(machine, server, "late");
}

TEST_F(RelayTest, HoldsBackWhatGoesToTheTargetAndDeliversItLate) {
  run(hold_to_target);
}

Task<void> hold_from_target(AsioMachine& machine, Relay& relay, ByteStream& client,
                            ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::hold_from_target));
  EYRIE_CO_ASSERT_OK(co_await server.write_some("late"));
  EYRIE_CO_ASSERT_OK(co_await client.write_some("in time"));
  co_await expect_arrival(machine, server, "in time");
  co_await expect_silence(machine, client);
  expect_met(relay, 1, 4);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  co_await expect_arrival(machine, client, "late");
}

TEST_F(RelayTest, HoldsBackWhatComesFromTheTargetAndDeliversItLate) {
  run(hold_from_target);
}

Task<void> hold(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::hold));
  EYRIE_CO_ASSERT_OK(co_await client.write_some("question"));
  EYRIE_CO_ASSERT_OK(co_await server.write_some("answer"));
  co_await expect_silence(machine, server);
  co_await expect_silence(machine, client);
  expect_met(relay, 2, 14);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  co_await expect_arrival(machine, server, "question");
  co_await expect_arrival(machine, client, "answer");
}

TEST_F(RelayTest, HoldsBothDirections) {
  run(hold);
}

Task<void> slow(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::slow, kSilence * 2));
  EYRIE_CO_ASSERT_OK(co_await client.write_some("question"));
  co_await expect_silence(machine, server);
  co_await expect_arrival(machine, server, "question");
  EYRIE_CO_ASSERT_OK(co_await server.write_some("answer"));
  co_await expect_silence(machine, client);
  co_await expect_arrival(machine, client, "answer");
  expect_met(relay, 2, 14);
}

TEST_F(RelayTest, SlowsBothDirections) {
  run(slow);
}

Task<void> end_in_hold(AsioMachine& machine, Relay& relay, ByteStream& client, ByteStream& server) {
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::hold));
  server.close();
  co_await expect_silence(machine, client);
  expect_met(relay, 1, 0);
  EYRIE_CO_ASSERT_OK(co_await relay.set_mode(RelayMode::pass));
  co_await expect_end(machine, client);
}

TEST_F(RelayTest, TellsOfAnEndNoSoonerThanOfBytes) {
  run(end_in_hold);
}

Task<void> write_all(ByteStream& stream, Bytes bytes) {
  BytesView left = bytes;
  while (!left.empty()) {
    EYRIE_CO_ASSERT_TRY(const std::size_t taken, co_await stream.write_some(left));
    left.remove_prefix(taken);
  }
  stream.shutdown_write();
}

Task<void> pass_much(AsioMachine& machine, Relay&, ByteStream& client, ByteStream& server) {
  Bytes sent(std::size_t{5} << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(mix64(i));
  TaskGroup writer(co_await this_scope());
  writer.spawn(write_all(client, sent));
  // All buffers are full by then.
  EYRIE_CO_ASSERT_OK(co_await machine.environment().clock.sleep_for(kSilence));
  Bytes came;
  while (true) {
    EYRIE_CO_ASSERT_TRY(const Bytes part, co_await read_in(machine, kLong, server));
    if (part.empty()) break;
    came += part;
  }
  EXPECT_TRUE(came == sent);
  co_await writer.join();
}

TEST_F(RelayTest, PassesMoreThanItsBuffersHold) {
  run(pass_much);
}

}  // namespace
}  // namespace eyrie::scenarios::live
