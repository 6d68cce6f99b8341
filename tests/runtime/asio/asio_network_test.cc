// What only TCP has: names, resets, a peer that never answers, bytes without frames.
#include <cerrno>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "runtime/asio/asio_byte_network.h"
#include "runtime/combine.h"
#include "tests/support/co_assert.h"
#include "tests/support/real_world.h"

namespace eyrie {
namespace {

using test::RealTestWorld;

// A socket by hand, of a peer that does what no peer of ours would.
class RawSocket {
 public:
  RawSocket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket() { ::close(fd_); }

  int fd() const { return fd_; }
  void connect(std::uint16_t port) {
    sockaddr_in address = loopback(port);
    const int answer = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    EXPECT_TRUE(answer == 0 || errno == EINPROGRESS) << errno;
  }
  std::uint16_t listen(int backlog) {
    sockaddr_in address = loopback(0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, backlog), 0);
    return to_address(local_address_of(fd_).value()).port;
  }
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    ::close(std::exchange(fd_, -1));
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  int fd_;
};

struct AsioNetworkTest : testing::Test {
  void run(std::function<Task<void>(AsioByteNetwork&, Clock&)> body) {
    world.run("alone", [&](Environment& environment) { return with_network(environment, body); });
  }
  Task<void> with_network(Environment& environment,
                          std::function<Task<void>(AsioByteNetwork&, Clock&)> body) {
    AsioByteNetwork network(world.asio_machine("alone").executor(), environment.clock);
    co_await body(network, environment.clock);
  }

  RealTestWorld world;
};

Task<void> listen_by_name(AsioByteNetwork& network, Clock&) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteListener> listener,
                      co_await network.listen({"localhost", 0}));
  EXPECT_EQ(listener->address().host, "localhost");
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> client,
                      co_await network.connect(listener->address()));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> server, co_await listener->accept());
  EXPECT_EQ(client->peer(), listener->address());
}

TEST_F(AsioNetworkTest, NamesAreResolved) {
  run(listen_by_name);
}

Task<void> use_bad_addresses(AsioByteNetwork& network, Clock&) {
  const auto nowhere = co_await network.connect({"no-such-host.invalid", 1});
  EYRIE_CO_ASSERT(!nowhere);
  EXPECT_EQ(nowhere.error().code(), Code::unavailable);
  EXPECT_NE(nowhere.error().message().find("no-such-host.invalid"), std::string::npos);
  const auto foreign = co_await network.listen({"192.0.2.1", 0});  // reserved for documentation
  EYRIE_CO_ASSERT(!foreign);
  EXPECT_EQ(foreign.error().code(), Code::invalid_argument);
}

TEST_F(AsioNetworkTest, AddressesThatCannotBeAreRefusedByName) {
  run(use_bad_addresses);
}

Task<void> meet_a_port_in_use(AsioByteNetwork& network, Clock&) {
  RawSocket other;
  const std::uint16_t port = other.listen(1);
  const auto refused = co_await network.listen({"127.0.0.1", port});
  EYRIE_CO_ASSERT(!refused);
  EXPECT_EQ(refused.error().code(), Code::already_exists);
  EXPECT_NE(refused.error().message().find("127.0.0.1:" + std::to_string(port) +
                                           ": the port is in use by another process"),
            std::string::npos)
      << refused.error();
}

TEST_F(AsioNetworkTest, APortOfAnotherProcessIsNamed) {
  run(meet_a_port_in_use);
}

Task<void> be_reset(AsioByteNetwork& network, Clock&) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteListener> listener,
                      co_await network.listen({"127.0.0.1", 0}));
  RawSocket peer;
  peer.connect(listener->address().port);
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> stream, co_await listener->accept());
  peer.reset();
  const Result<Bytes> read = co_await stream->read_some(100);
  EYRIE_CO_ASSERT(!read);
  EXPECT_EQ(read.error().code(), Code::unavailable);
  Result<std::size_t> written = co_await stream->write_some("x");
  EXPECT_EQ(status_of(written).code(), Code::unavailable);
}

TEST_F(AsioNetworkTest, AResetIsNotAnOrderlyEnd) {
  run(be_reset);
}

Task<void> end_in_order(AsioByteNetwork& network, Clock&) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteListener> listener,
                      co_await network.listen({"127.0.0.1", 0}));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> client,
                      co_await network.connect(listener->address()));
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<ByteStream> server, co_await listener->accept());
  EYRIE_CO_ASSERT_OK(co_await client->write_some("hello"));
  client->shutdown_write();
  EXPECT_EQ((co_await server->read_some(3)).value_or("error"), "hel");
  EXPECT_EQ((co_await server->read_some(100)).value_or("error"), "lo");
  EXPECT_EQ((co_await server->read_some(100)).value_or("error"), "");
  EXPECT_EQ((co_await server->read_some(100)).value_or("error"), "");
  EYRIE_CO_ASSERT_OK(co_await server->write_some("still here"));  // only one direction ended
  EXPECT_EQ((co_await client->read_some(100)).value_or("error"), "still here");
  client->close();
  EXPECT_EQ(status_of(co_await client->read_some(100)).code(), Code::unavailable);
  EXPECT_EQ(status_of(co_await client->write_some("x")).code(), Code::unavailable);
}

TEST_F(AsioNetworkTest, AStreamEndsOneDirectionAtATime) {
  run(end_in_order);
}

Task<void> connect_to_silence(AsioByteNetwork& network, Clock& clock) {
  // A listener that never accepts and whose queue is full: the kernel drops what else asks.
  RawSocket silent;
  const std::uint16_t port = silent.listen(0);
  std::vector<std::unique_ptr<RawSocket>> queue(3);
  for (std::unique_ptr<RawSocket>& socket : queue) {
    socket = std::make_unique<RawSocket>();
    socket->connect(port);
  }
  EYRIE_CO_ASSERT_OK(co_await clock.sleep_for(50ms));
  const auto late =
      co_await with_deadline(clock, clock.monotonic() + 50ms, network.connect({"127.0.0.1", port}));
  EYRIE_CO_ASSERT(!late);
  EXPECT_EQ(late.error().code(), Code::deadline_exceeded);
}

TEST_F(AsioNetworkTest, AConnectToASilentPeerEndsAtItsDeadline) {
  run(connect_to_silence);
}

Task<void> speak_another_protocol(Environment& environment) {
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Listener> listener,
                      co_await environment.network.listen({"127.0.0.1", 0}));
  RawSocket peer;
  peer.connect(listener->address().port);
  EYRIE_CO_ASSERT_TRY(const std::unique_ptr<Connection> connection, co_await listener->accept());
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  EXPECT_EQ(::send(peer.fd(), request.data(), request.size(), 0),
            static_cast<ssize_t>(request.size()));
  const Result<Bytes> refused = co_await connection->receive();
  EYRIE_CO_ASSERT(!refused);
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_NE(refused.error().message().find("does not speak this protocol"), std::string::npos);
}

TEST_F(AsioNetworkTest, ABrowserAtTheWrongPortIsTurnedAway) {
  world.run("alone", speak_another_protocol);
}

Task<void> keep_open(Environment& environment, std::vector<std::unique_ptr<Connection>>& kept,
                     std::unique_ptr<Listener>& listener) {
  EYRIE_CO_ASSERT_TRY(listener, co_await environment.network.listen({"127.0.0.1", 0}));
  for (int i = 0; i < 3; ++i) {
    EYRIE_CO_ASSERT_TRY(kept.emplace_back(),
                        co_await environment.network.connect(listener->address()));
    EYRIE_CO_ASSERT_OK(co_await kept.back()->send("never received"));
  }
}

// The owner of a connection may go after its machine has stopped, as a component's objects do.
TEST(AsioMachine, StopEndsWhatConnectionsAreStillOpen) {
  std::vector<std::unique_ptr<Connection>> kept;
  std::unique_ptr<Listener> listener;
  RealTestWorld world;
  world.run("alone", [&](Environment& e) { return keep_open(e, kept, listener); });
  AsioMachine& machine = world.asio_machine("alone");
  machine.stop();
  EXPECT_TRUE(machine.executor().stopped());
  EXPECT_EQ(machine.executor().frames(), 0);
  kept.clear();
  listener.reset();
}

}  // namespace
}  // namespace eyrie
