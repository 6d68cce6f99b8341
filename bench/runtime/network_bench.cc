// Round trips of a 512-byte message over loopback, through the connections that production uses:
// one at a time, and with 64 outstanding. Takes Google Benchmark's arguments; "items" are round
// trips, and the time is the wall's, since client and server have a thread each.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "runtime/asio/asio_machine.h"

namespace eyrie {
namespace {

constexpr std::size_t kMessageBytes = 512;
constexpr int kRoundTrips = 10'000;  // of one measured step

class SilentTracer final : public Tracer {
 public:
  void record(const EventHeader&, std::span<const Field>) override {}
};

// A client and a server that echoes, each with a thread of its own.
class Pair {
 public:
  Pair() : client_(make("client")), server_(make("server")) {
    on(*server_, [this](Environment& environment) { return listen(environment, listener_); });
    tasks_ = std::make_unique<TaskGroup>(server_->executor());
    server_->executor().call([this] { tasks_->spawn(echo(*listener_)); });
    on(*client_, [this](Environment& environment) {
      return connect(environment, listener_->address(), connection_);
    });
  }
  ~Pair() {
    client_->executor().call([this] { connection_->close(); });
    client_->stop();
    server_->stop();
    compute_.stop();
    blocking_.stop();
    std::filesystem::remove_all(folder_);
  }

  void round_trips(int outstanding) {
    on(*client_, [&](Environment&) { return exchange(*connection_, outstanding); });
  }

 private:
  static void check(const Status& status) { EYRIE_CHECK(status.ok(), status.to_string()); }

  static Task<void> listen(Environment& environment, std::unique_ptr<Listener>& listener) {
    auto made = co_await environment.network.listen({"127.0.0.1", 0});
    EYRIE_CHECK(made.has_value(), made.error().to_string());
    listener = std::move(*made);
  }
  static Task<void> connect(Environment& environment, Address address,
                            std::unique_ptr<Connection>& connection) {
    auto made = co_await environment.network.connect(address);
    EYRIE_CHECK(made.has_value(), made.error().to_string());
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
  static Task<void> exchange(Connection& connection, int outstanding) {
    for (int i = 0; i < outstanding; ++i) {
      check(co_await connection.send(Bytes(kMessageBytes, 'x')));
    }
    for (int i = 0; i < kRoundTrips; ++i) {
      Result<Bytes> message = co_await connection.receive();
      check(status_of(message));
      if (i + outstanding < kRoundTrips) check(co_await connection.send(std::move(*message)));
    }
  }

  static Task<void> tell(std::function<Task<void>(Environment&)> body, Environment& environment,
                         std::promise<void>& done) {
    co_await body(environment);
    done.set_value();
  }
  static void on(AsioMachine& machine, const std::function<Task<void>(Environment&)>& body) {
    std::promise<void> done;
    TaskGroup group(machine.executor());
    machine.executor().call([&] { group.spawn(tell(body, machine.environment(), done)); });
    done.get_future().wait();
    std::promise<void> joined;  // the group's last frame has gone
    machine.executor().call([&] { joined.set_value(); });
    joined.get_future().wait();
  }
  std::unique_ptr<AsioMachine> make(const std::string& name) {
    auto machine = AsioMachine::make({.name = name, .root = folder_ + "/" + name}, compute_,
                                     blocking_, tracer_);
    EYRIE_CHECK(machine.has_value(), machine.error().to_string());
    return std::move(*machine);
  }
  static std::string new_folder() {
    std::string path = std::filesystem::temp_directory_path() / "eyrie-bench-XXXXXX";
    EYRIE_CHECK(::mkdtemp(path.data()) != nullptr, "no folder for the machines");
    return path;
  }

  const std::string folder_ = new_folder();
  SilentTracer tracer_;
  WorkerPool compute_{"compute", 1};
  WorkerPool blocking_{"blocking", 1};
  std::unique_ptr<AsioMachine> client_;
  std::unique_ptr<AsioMachine> server_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<TaskGroup> tasks_;
  std::unique_ptr<Connection> connection_;
};

void round_trips(benchmark::State& state) {
  Pair pair;
  const int outstanding = static_cast<int>(state.range(0));
  for ([[maybe_unused]] auto step : state) pair.round_trips(outstanding);
  state.SetItemsProcessed(state.iterations() * kRoundTrips);
}
BENCHMARK(round_trips)->ArgName("outstanding")->Arg(1)->Arg(64)->UseRealTime();

}  // namespace
}  // namespace eyrie

BENCHMARK_MAIN();
