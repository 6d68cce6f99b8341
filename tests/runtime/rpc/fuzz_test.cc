// A peer may send anything: no bytes and no order of frames may crash either end, and what it does
// to its own connection it does to nobody else's.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "runtime/rpc/frame.h"
#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::RpcServer;
using rpc::Stream;

// The fixture as a plain object, so that each case of a property has its own.
class FuzzWorld : public RpcTest {
 public:
  using RpcTest::RpcTest;
  void TestBody() override {}
};

Task<Status> echo_stream(rpc::CallContext, Bytes first, Stream& stream) {
  EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(std::move(first)));
  while (true) {
    EYRIE_CO_TRY(std::optional<Bytes> message, co_await stream.receive());
    if (!message) co_return Status();
    EYRIE_CO_RETURN_IF_ERROR(co_await stream.send(std::move(*message)));
  }
}

// A frame with few ids and methods, so that frames meet; now and then torn, flipped or random.
Bytes random_frame(Random& random, std::uint32_t version) {
  rpc::wire::Header header;
  header.set_kind(static_cast<rpc::wire::Kind>(random.below(13)));
  header.set_request_id(random.below(4));
  const std::vector<std::string> methods = {"Echo", "Slow", "EchoStream", "Remember", "Nothing"};
  header.set_method(random.pick(methods));
  header.set_protocol_version(
      static_cast<std::uint32_t>(random.chance({7, 8}) ? version : random.below(4)));
  if (random.chance({1, 4})) header.set_method_number(static_cast<std::uint32_t>(random.below(7)));
  if (random.chance({1, 8})) header.set_method_number(static_cast<std::uint32_t>(random.next()));
  if (random.chance({1, 8})) header.add_methods("Echo");
  if (random.chance({1, 4})) header.set_remaining_ns(static_cast<std::int64_t>(random.next()));
  if (random.chance({1, 8})) header.set_target_incarnation(random.between(29, 31));
  if (random.chance({1, 4})) header.set_token_low(random.below(3));
  if (random.chance({1, 2})) header.set_credit_bytes(static_cast<std::int64_t>(random.next()));
  if (random.chance({1, 2})) header.set_credit_bytes(random.between(0, 1000));
  if (random.chance({1, 4})) header.mutable_status()->set_code(random.below(40));
  header.set_cluster(random.chance({1, 8}) ? "other" : "test");
  header.set_refused(random.chance({1, 4}));
  Bytes frame = rpc::encode_frame(header, Bytes(random.below(100), 'p'));
  if (random.chance({1, 20})) frame.resize(random.below(frame.size() + 1));
  if (random.chance({1, 20}) && !frame.empty()) {
    frame[random.below(frame.size())] ^= static_cast<char>(1 << random.below(8));
  }
  if (random.chance({1, 40})) {
    frame.assign(random.below(64), '\0');
    for (char& byte : frame) byte = static_cast<char>(random.next());
  }
  return frame;
}

Bytes greeting(Release release) {
  return rpc::encode_hello({"test", NodeId(66), IncarnationId(1), release});
}

Task<void> drain(Connection& connection) {
  while ((co_await connection.receive()).has_value()) {
  }
}

Task<void> attack(Connection& connection, Random random, int frames) {
  const Release release = random.chance({1, 2}) ? kOldestRelease : kThisRelease;
  if (!(co_await connection.send(greeting(release))).ok()) co_return;
  const std::uint32_t version = protocols_of(release).highest;
  for (int i = 0; i < frames; ++i) {
    if (!(co_await connection.send(random_frame(random, version))).ok()) co_return;
  }
}

RC_GTEST_PROP(RpcFuzz, AServerSurvivesAnyFramesAndServesOthers, (std::uint64_t seed)) {
  SlowHandler slow;
  FuzzWorld world(seed);
  world.start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    slow.add_to(rpc_server);
    rpc_server.handle("Remember", echo, {.remembers_tokens = true});
    rpc_server.handle_stream("EchoStream", echo_stream);
  });
  world.connect_channel();
  Random random(seed);
  std::vector<std::unique_ptr<Connection>> attackers;
  for (int i = 0; i < 8; ++i) {
    auto dialed = world.finish(world.network.connect(world.address));
    attackers.push_back(std::move(dialed.at(0).value()));
    world.client.spawn(attack(*attackers.back(), random.stream(i), 60));
    if (random.chance({3, 4})) world.client.spawn(drain(*attackers.back()));
  }
  world.run();
  world.advance(20ms);
  RC_ASSERT(world.finish(world.channel->call("Echo", "still here")).at(0).value() == "still here");
  for (const auto& attacker : attackers) attacker->close();
  world.run();
  RC_ASSERT(world.server->connections() == 1u);
  RC_ASSERT(world.server->requests_running() == 0u);
}

// A server that greets and then talks nonsense.
Task<void> babble(Connection& connection, Random random) {
  if (!(co_await connection.receive()).has_value()) co_return;
  const std::uint32_t version = random.chance({1, 2}) ? 1 : 2;
  Bytes hello = rpc::encode_answer({"test", NodeId(3), IncarnationId(30)}, version,
                                   {"Slow", "Echo", "Echo", ""});
  if (!(co_await connection.send(std::move(hello))).ok()) co_return;
  while ((co_await connection.receive()).has_value()) {
    for (std::uint64_t i = random.below(4); i > 0; --i) {
      if (!(co_await connection.send(random_frame(random, version))).ok()) co_return;
    }
  }
}

Task<void> babble_to_all(Listener& listener, Random random,
                         std::vector<std::unique_ptr<Connection>>& connections, TaskGroup& group) {
  while (true) {
    Result<std::unique_ptr<Connection>> connection = co_await listener.accept();
    if (!connection) co_return;
    connections.push_back(std::move(*connection));
    group.spawn(babble(*connections.back(), random.stream(connections.size())));
  }
}

Task<void> use_stream(rpc::RpcChannel& channel, int& ended) {
  auto stream = co_await channel.open_stream("EchoStream", "x");
  if (stream) {
    Status sent = co_await (*stream)->send("y");
    (*stream)->finish();
    while (true) {
      auto message = co_await (*stream)->receive();
      if (!message || !*message) break;
    }
  }
  ++ended;
}

RC_GTEST_PROP(RpcFuzz, AChannelSurvivesAnyFramesAndEndsEveryCall, (std::uint64_t seed)) {
  FuzzWorld world(seed);
  Random random(seed);
  auto listening = world.finish(world.network.listen(world.address));
  std::unique_ptr<Listener> listener = std::move(listening.at(0).value());
  std::vector<std::unique_ptr<Connection>> connections;
  world.server_node->spawn(
      babble_to_all(*listener, random.stream("babble"), connections, *world.server_node->group));
  world.connect_channel();
  std::vector<std::shared_ptr<std::vector<Result<Bytes>>>> calls;
  int streams_ended = 0;
  for (int i = 0; i < 20; ++i) {
    rpc::CallOptions options = world.within(1s);
    options.idempotent = random.chance({1, 2});
    if (random.chance({1, 4})) options.token = rpc::draw_token(random);
    calls.push_back(world.begin("Echo", "x", options));
    if (i % 4 == 0) world.client.spawn(use_stream(*world.channel, streams_ended));
    world.advance(5ms);
  }
  world.advance(3s);
  for (const auto& call : calls) RC_ASSERT(call->size() == 1u);
  world.stop_channel();
  RC_ASSERT(streams_ended == 5);
  listener->close();
  for (const auto& connection : connections) connection->close();
  world.run();
  connections.clear();
}

RC_GTEST_PROP(RpcFuzz, AGreetingOfAnyBytesIsRefusedOrAccepted, (const std::string& bytes)) {
  FuzzWorld world;
  world.start_server(add_echo);
  auto connection = std::move(world.finish(world.network.connect(world.address)).at(0).value());
  world.finish(connection->send(bytes));
  world.advance(rpc::ServerLimits().hello_timeout + 1ms);
  RC_ASSERT(world.server->connections() == 0u);
}

}  // namespace
}  // namespace eyrie::test
