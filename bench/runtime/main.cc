// Round trips of a 512-byte message over loopback, client and server with a thread each: through
// the message connections of production, through calls of the RPC layer above them (each with a
// deadline) in the clear and over TLS, and through an echo written by hand on Asio. One at a time
// and with 64 outstanding; rounds of all four take turns, and the medians are compared.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/runtime/asio_echo.h"
#include "bench/runtime/machines.h"
#include "runtime/check.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/frame.h"
#include "runtime/rpc/server.h"
#include "runtime/task_group.h"

namespace eyrie::bench {
namespace {

constexpr std::size_t kMessageBytes = 512;
constexpr int kRounds = 9;

class Connections {
 public:
  Connections() {
    Machines::on(machines_.server(),
                 [this](Environment& environment) { return listen(environment, listener_); });
    tasks_ = std::make_unique<TaskGroup>(machines_.server().executor());
    machines_.server().executor().call([this] { tasks_->spawn(echo(*listener_)); });
    Machines::on(machines_.client(), [this](Environment& environment) {
      return connect(environment, listener_->address(), connection_);
    });
  }
  ~Connections() {
    machines_.client().executor().call([this] { connection_->close(); });
    machines_.client().stop();
    machines_.server().stop();
  }

  void round_trips(int count, int outstanding) {
    Machines::on(machines_.client(),
                 [&](Environment&) { return exchange(*connection_, count, outstanding); });
  }

 private:
  static Task<void> listen(Environment& environment, std::unique_ptr<Listener>& listener) {
    auto made = co_await environment.network.listen({"127.0.0.1", 0});
    EYRIE_CHECK(made.has_value());
    listener = std::move(*made);
  }
  static Task<void> connect(Environment& environment, Address address,
                            std::unique_ptr<Connection>& connection) {
    auto made = co_await environment.network.connect(address);
    EYRIE_CHECK(made.has_value());
    connection = std::move(*made);
  }
  static Task<void> echo(Listener& listener) {
    auto connection = co_await listener.accept();
    if (!connection) co_return;
    while (true) {
      Result<Bytes> message = co_await (*connection)->receive();
      if (!message || !(co_await (*connection)->send(std::move(*message))).ok()) co_return;
    }
  }
  static Task<void> exchange(Connection& connection, int count, int outstanding) {
    for (int i = 0; i < outstanding; ++i) {
      check(co_await connection.send(Bytes(kMessageBytes, 'x')));
    }
    for (int i = 0; i < count; ++i) {
      Result<Bytes> message = co_await connection.receive();
      EYRIE_CHECK(message.has_value());
      if (i + outstanding < count) check(co_await connection.send(std::move(*message)));
    }
  }

  Machines machines_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<TaskGroup> tasks_;
  std::unique_ptr<Connection> connection_;
};

class Calls {
 public:
  explicit Calls(Wire wire = Wire::clear) : machines_(wire) {
    Machines::on(machines_.server(),
                 [this](Environment& environment) { return serve(environment, server_); });
    Machines::on(machines_.client(), [this](Environment& environment) {
      return connect(environment, server_->address(), channel_);
    });
  }
  ~Calls() {
    Machines::on(machines_.client(), [this](Environment&) { return stop(channel_); });
    Machines::on(machines_.server(), [this](Environment&) { return stop(server_); });
  }

  void round_trips(int count, int outstanding) {
    Machines::on(machines_.client(), [&](Environment& environment) {
      return exchange(environment, *channel_, count, outstanding);
    });
  }

 private:
  static Task<Result<Bytes>> echo(rpc::CallContext, Bytes payload) { co_return payload; }
  static Task<void> serve(Environment& environment, std::unique_ptr<rpc::RpcServer>& server) {
    server = std::make_unique<rpc::RpcServer>(
        environment, rpc::ServerOptions{{"bench", NodeId(1), IncarnationId(1)}, {}});
    server->handle("Echo", echo);
    check(co_await server->start({"127.0.0.1", 0}));
  }
  static Task<void> connect(Environment& environment, Address address,
                            std::unique_ptr<rpc::RpcChannel>& channel) {
    rpc::ChannelOptions options;
    options.self.cluster = "bench";
    channel = std::make_unique<rpc::RpcChannel>(environment, std::move(address), options);
    co_return;
  }
  template <class End>
  static Task<void> stop(std::unique_ptr<End>& end) {
    co_await end->stop();
    end.reset();
  }
  static Task<void> exchange(Environment& environment, rpc::RpcChannel& channel, int count,
                             int outstanding) {
    TaskGroup callers(co_await this_scope());
    int left = count;
    for (int i = 0; i < outstanding; ++i) callers.spawn(call(environment, channel, left));
    co_await callers.join();
  }
  static Task<void> call(Environment& environment, rpc::RpcChannel& channel, int& left) {
    while (left > 0) {
      --left;
      rpc::CallOptions options;
      options.deadline = environment.clock.monotonic() + 10s;
      Bytes payload;
      payload.reserve(kMessageBytes + rpc::kHeaderBytesRoom);
      payload.assign(kMessageBytes, 'x');
      check(status_of(co_await channel.call("Echo", std::move(payload), options)));
    }
  }

  Machines machines_;
  std::unique_ptr<rpc::RpcServer> server_;
  std::unique_ptr<rpc::RpcChannel> channel_;
};

using RoundTrips = std::function<void(int count, int outstanding)>;

double rate_of(const RoundTrips& run, int count, int outstanding) {
  const auto begin = std::chrono::steady_clock::now();
  run(count, outstanding);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return count / seconds.count();
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<long>(values.size() / 2));
  return values[values.size() / 2];
}

void measure(int count, int outstanding) {
  AsioEcho asio(kMessageBytes);
  Connections connections;
  Calls calls;
  Calls secure(Wire::tls);
  const std::array<RoundTrips, 4> peers = {[&](int n, int m) { asio.round_trips(n, m); },
                                           [&](int n, int m) { connections.round_trips(n, m); },
                                           [&](int n, int m) { calls.round_trips(n, m); },
                                           [&](int n, int m) { secure.round_trips(n, m); }};
  std::array<std::vector<double>, 4> rates;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      rates[i].push_back(rate_of(peers[i], count, outstanding));
    }
  }
  const double base = median(rates[0]);
  const double calls_rate = median(rates[2]);
  std::printf("%11d  %9.0f  %9.0f (%.2f)  %9.0f (%.2f)  %9.0f (%.2f)\n", outstanding, base,
              median(rates[1]), median(rates[1]) / base, calls_rate, calls_rate / base,
              median(rates[3]), median(rates[3]) / calls_rate);
  std::fflush(stdout);
}

}  // namespace
}  // namespace eyrie::bench

int main() {
  std::printf(
      "512-byte round trips a second over loopback, median of %d rounds (share of Asio's; of "
      "calls\n"
      "over TLS the share of those in the clear)\n"
      "outstanding  Asio echo  connections       RPC calls         RPC over TLS\n",
      eyrie::bench::kRounds);
  eyrie::bench::measure(20'000, 1);
  eyrie::bench::measure(200'000, 64);
}
