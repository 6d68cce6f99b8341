#include "tests/runtime/rpc/rpc_world.h"

namespace eyrie::test {

namespace {

Status no_disk() {
  return Status(Code::unsupported, "this world has no disk");
}

}  // namespace

Task<Result<std::unique_ptr<File>>> NoDisk::open(std::string, OpenMode) {
  co_return fail(no_disk());
}
Task<Status> NoDisk::rename(std::string, std::string) {
  co_return no_disk();
}
Task<Status> NoDisk::remove(std::string) {
  co_return no_disk();
}
Task<Status> NoDisk::make_dir(std::string) {
  co_return no_disk();
}
Task<Result<std::vector<std::string>>> NoDisk::list(std::string) {
  co_return fail(no_disk());
}
Task<Status> NoDisk::sync_dir(std::string) {
  co_return no_disk();
}
Task<Result<std::unique_ptr<FileLock>>> NoDisk::lock(std::string) {
  co_return fail(no_disk());
}
Task<Result<std::uint64_t>> NoDisk::free_bytes() {
  co_return fail(no_disk());
}
BlockingDisk& NoDisk::blocking() {
  check_failed("tests/runtime/rpc/rpc_world.cc", 0, "this world has no disk", "");
}

bool ShuffledExecutor::run_ready() {
  bool ran = false;
  while (!stopped() && !ready_.empty()) {
    std::swap(ready_[random_.below(ready_.size())], ready_.back());
    std::coroutine_handle<> handle = ready_.back();
    ready_.pop_back();
    handle.resume();
    ran = true;
  }
  return ran;
}

RpcNode::RpcNode(ManualClock& clock, Network& network, std::uint64_t seed)
    : executor(seed),
      environment{executor, clock, Random(seed), network, disk, tracer, metrics},
      group(std::make_unique<TaskGroup>(executor)) {}

RpcTest::RpcTest(std::uint64_t order_seed) : seed(order_seed) {}

void RpcTest::shut_down() {
  if (std::exchange(shut, true)) return;
  if (channel) stop_channel();
  if (server) stop_server();
  client.group->cancel();
  server_node->group->cancel();
  run();
  EXPECT_EQ(client.executor.frames(), 0);
  EXPECT_EQ(server_node->executor.frames(), 0);
  EXPECT_EQ(network.open_links(), 0u);
}

void RpcTest::run() {
  while (client.executor.run_ready() || server_node->executor.run_ready()) {
  }
}

void RpcTest::advance(Duration duration) {
  const MonotonicTime end = clock.monotonic() + duration;
  run();
  while (clock.monotonic() < end) {
    clock.advance_to(std::min(end, clock.monotonic() + kStep), client.executor);
    run();
  }
}

std::shared_ptr<std::vector<Result<Bytes>>> RpcTest::begin(std::string method, Bytes payload,
                                                           rpc::CallOptions options) {
  auto out = client.spawn(channel->call(std::move(method), std::move(payload), options));
  run();
  return out;
}

rpc::CallOptions RpcTest::within(Duration duration) const {
  rpc::CallOptions options;
  options.deadline = clock.monotonic() + duration;
  return options;
}

rpc::ServerOptions RpcTest::server_options(std::int64_t incarnation) {
  rpc::ServerOptions options;
  options.self = {"test", NodeId(3), IncarnationId(incarnation)};
  return options;
}

rpc::ChannelOptions RpcTest::channel_options() {
  rpc::ChannelOptions options;
  options.self = {"test", NodeId(9), IncarnationId(90)};
  return options;
}

rpc::RpcServer& RpcTest::start_server(std::function<void(rpc::RpcServer&)> methods,
                                      rpc::ServerOptions options) {
  server = std::make_unique<rpc::RpcServer>(server_node->environment, std::move(options));
  methods(*server);
  auto started = server_node->spawn(server->start(address));
  run();
  EXPECT_EQ(*started, std::vector<Status>{Status()});
  return *server;
}

rpc::RpcChannel& RpcTest::connect_channel(rpc::ChannelOptions options) {
  channel = std::make_unique<rpc::RpcChannel>(client.environment, address, std::move(options));
  return *channel;
}

void RpcTest::stop_channel() {
  client.spawn(channel->stop());
  run();
}

void RpcTest::stop_server() {
  server_node->spawn(server->stop());
  run();
}

void RpcTest::crash_server() {
  server_node->executor.stop_and_drop_frames();
  EXPECT_EQ(server_node->executor.frames(), 0);
  server.reset();
  server_node = std::make_unique<RpcNode>(clock, network, seed + 2);
}

Task<Result<Bytes>> echo(rpc::CallContext, Bytes payload) {
  co_return payload;
}

void add_echo(rpc::RpcServer& server) {
  server.handle("Echo", echo);
}

}  // namespace eyrie::test
