// RpcWorld: nodes on executors of their own over one MemoryNetwork and one ManualClock. Time moves
// only when the test says so.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/environment.h"
#include "runtime/metrics.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/server.h"
#include "runtime/task_group.h"
#include "tests/runtime/manual_world.h"
#include "tests/support/memory_network.h"

namespace eyrie::test {

// Runs what is ready in a drawn order, since nobody may rely on any.
class ShuffledExecutor : public ManualExecutor {
 public:
  explicit ShuffledExecutor(std::uint64_t seed) : random_(seed) {}

  void post(std::coroutine_handle<> handle) override { ready_.push_back(handle); }
  // Whether anything ran.
  bool run_ready();

 private:
  Random random_;
  std::vector<std::coroutine_handle<>> ready_;
};

// The RPC layer has no business with a disk.
class NoDisk : public Disk {
 public:
  Task<Result<std::unique_ptr<File>>> open(std::string, OpenMode) override;
  Task<Status> rename(std::string, std::string) override;
  Task<Status> remove(std::string) override;
  Task<Status> make_dir(std::string) override;
  Task<Result<std::vector<std::string>>> list(std::string) override;
  Task<Status> sync_dir(std::string) override;
  Task<Result<std::unique_ptr<FileLock>>> lock(std::string) override;
  Task<Result<std::uint64_t>> free_bytes() override;
  BlockingDisk& blocking() override;
};

// Keeps the names of events, to see that the layer says what it does.
class NameTracer : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field>) override {
    EXPECT_NE(event.level, Level::error) << event.name;
    names.emplace_back(event.name);
  }
  std::vector<std::string> names;
};

class RpcNode {
 public:
  RpcNode(ManualClock& clock, Network& network, std::uint64_t seed);

  template <class T>
  std::shared_ptr<std::vector<T>> spawn(Task<T> task) {
    auto out = std::make_shared<std::vector<T>>();
    group->spawn(store(std::move(task), out));
    return out;
  }
  void spawn(Task<void> task) { group->spawn(std::move(task)); }
  template <class T>
  static Task<void> store(Task<T> task, std::shared_ptr<std::vector<T>> out) {
    out->push_back(co_await std::move(task));
  }

  ShuffledExecutor executor;
  NoDisk disk;
  NameTracer tracer;
  Metrics metrics;
  Environment environment;
  std::unique_ptr<TaskGroup> group;
};

// A server "server:7000" of cluster "test", node 3, and one channel to it from node 9.
class RpcTest : public testing::Test {
 public:
  // The order of what may run in any order; --gtest_random_seed=N tries another.
  explicit RpcTest(std::uint64_t order_seed = 1 + GTEST_FLAG_GET(random_seed));
  ~RpcTest() override { shut_down(); }
  void TearDown() override { shut_down(); }
  // Stops both ends and sees that nothing is left of them. Before the test's handlers go.
  void shut_down();

  // Everything that can run without time passing.
  void run();
  void advance(Duration duration);
  template <class T>
  std::vector<T> finish(Task<T> task) {
    auto out = client.spawn(std::move(task));
    run();
    return std::move(*out);
  }

  // Starts a call and lets it run as far as it gets without time passing.
  std::shared_ptr<std::vector<Result<Bytes>>> begin(std::string method, Bytes payload,
                                                    rpc::CallOptions options = {});
  rpc::CallOptions within(Duration duration) const;

  static rpc::ServerOptions server_options(std::int64_t incarnation = 30);
  rpc::RpcServer& start_server(std::function<void(rpc::RpcServer&)> methods,
                               rpc::ServerOptions options = server_options());
  static rpc::ChannelOptions channel_options();
  rpc::RpcChannel& connect_channel(rpc::ChannelOptions options = channel_options());
  void stop_channel();
  void stop_server();
  // What a kill -9 does: the server's frames go, its connections break, nothing is answered.
  void crash_server();

  static constexpr Duration kStep = 1ms;
  const Address address{"server", 7000};
  ManualClock clock;
  MemoryNetwork network;
  std::uint64_t seed;
  RpcNode client{clock, network, seed};
  std::unique_ptr<RpcNode> server_node = std::make_unique<RpcNode>(clock, network, seed + 1);
  std::unique_ptr<rpc::RpcServer> server;
  std::unique_ptr<rpc::RpcChannel> channel;
  bool shut = false;
};

// Registers "Echo": answers with the payload.
void add_echo(rpc::RpcServer& server);
Task<Result<Bytes>> echo(rpc::CallContext context, Bytes payload);

}  // namespace eyrie::test
