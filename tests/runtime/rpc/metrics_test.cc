// What the RPC layer counts of calls, at both ends.
#include "runtime/rpc/metrics.h"

#include <gtest/gtest.h>

#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::CallContext;
using rpc::RpcServer;

Task<Result<Bytes>> refuse(CallContext, Bytes) {
  co_return fail(Code::not_found, "nothing");
}

class MetricsTest : public RpcTest {
 public:
  std::int64_t gauge(Metrics& metrics, std::string_view name) {
    for (const MetricFamily& family : metrics.snapshot()) {
      if (family.header.name == name) return family.series.at(0).value;
    }
    return -1;
  }

  SlowHandler slow;
};

TEST_F(MetricsTest, CallsAreCountedByMethodAndResultAtBothEnds) {
  start_server([&](RpcServer& rpc_server) {
    add_echo(rpc_server);
    rpc_server.handle("Refuse", refuse);
    slow.add_to(rpc_server);
  });
  connect_channel();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(finish(channel->call("Echo", "x")).at(0));
  EXPECT_FALSE(finish(channel->call("Refuse", "x")).at(0));
  EXPECT_FALSE(finish(channel->call("Unknown", "x")).at(0));
  Metrics& at_server = server_node->metrics;
  EXPECT_EQ(at_server.counter(rpc::kServerCalls, "Echo", "ok").value(), 3);
  EXPECT_EQ(at_server.counter(rpc::kServerCalls, "Refuse", "not_found").value(), 1);
  EXPECT_EQ(at_server.counter(rpc::kServerCalls, "Refuse", "ok").value(), 0);
  EXPECT_EQ(at_server.counter(rpc::kServerRefusals, "unsupported").value(), 1);
  EXPECT_EQ(client.metrics.counter(rpc::kClientCalls, "Echo", "ok").value(), 3);
  EXPECT_EQ(client.metrics.counter(rpc::kClientCalls, "Refuse", "not_found").value(), 1);
  EXPECT_EQ(client.metrics.counter(rpc::kClientCalls, "Unknown", "unsupported").value(), 1);

  auto late = begin("Slow", "late");
  EXPECT_EQ(gauge(at_server, "eyrie_rpc_server_calls_running"), 1);
  EXPECT_EQ(gauge(at_server, "eyrie_rpc_server_connections"), 1);
  advance(3s);
  slow.gate.open();
  run();
  EXPECT_EQ(gauge(at_server, "eyrie_rpc_server_calls_running"), 0);
  const Histogram& duration = at_server.histogram(rpc::kServerCallDuration, "Slow");
  EXPECT_EQ(duration.sum(), to_ns(3s));
}

}  // namespace
}  // namespace eyrie::test
