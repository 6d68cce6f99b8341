#include "runtime/rpc/pool.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/runtime/rpc/rpc_world.h"
#include "tests/runtime/rpc/slow_handler.h"

namespace eyrie::test {
namespace {

using rpc::ChannelLease;
using rpc::ChannelPool;

Address port(std::uint16_t number) {
  return {"server", number};
}

class PoolTest : public RpcTest {
 public:
  void TearDown() override {
    client.spawn(pool.stop());
    run();
    RpcTest::TearDown();
  }
  ChannelPool pool{client.environment, channel_options(), 2};
  SlowHandler slow;
};

TEST_F(PoolTest, GivesTheSameChannelForTheSameAddress) {
  Result<ChannelLease> one = pool.get(port(1));
  Result<ChannelLease> again = pool.get(port(1));
  Result<ChannelLease> other = pool.get(port(2));
  EXPECT_EQ(&**one, &**again);
  EXPECT_NE(&**one, &**other);
  EXPECT_EQ(pool.size(), 2u);
}

TEST_F(PoolTest, ChannelsInUseAreNotReplaced) {
  start_server([&](rpc::RpcServer& rpc_server) { slow.add_to(rpc_server); });
  std::optional<Result<ChannelLease>> calling = pool.get(address);
  auto call = client.spawn((**calling)->call("Slow", "x"));
  calling.reset();
  run();
  Result<ChannelLease> leased = pool.get(port(2));
  const Result<ChannelLease> third = pool.get(port(3));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), Code::resource_exhausted);
  EXPECT_NE(third.error().message().find("channels_max"), std::string::npos);
  slow.gate.open();
  run();
  EXPECT_EQ(call->at(0).value(), "x!");
}

TEST_F(PoolTest, TheChannelUnusedLongestGivesWay) {
  start_server(add_echo);
  {
    Result<ChannelLease> oldest = pool.get(port(2));
  }
  {
    Result<ChannelLease> newer = pool.get(address);
    EXPECT_EQ(finish((*newer)->call("Echo", "x")).at(0).value(), "x");
  }
  {
    Result<ChannelLease> third = pool.get(port(3));
  }
  run();
  EXPECT_EQ(pool.size(), 2u);
  EXPECT_EQ(network.open_links(), 1u);  // the newer one kept its connection
  {
    Result<ChannelLease> fourth = pool.get(port(4));
  }
  run();
  EXPECT_EQ(network.open_links(), 0u);
}

TEST_F(PoolTest, StopEndsCallsAndRefusesNewChannels) {
  start_server([&](rpc::RpcServer& rpc_server) { slow.add_to(rpc_server); });
  Result<ChannelLease> lease = pool.get(address);
  auto call = client.spawn((*lease)->call("Slow", "x"));
  run();
  client.spawn(pool.stop());
  run();
  EXPECT_EQ(call->at(0).error().category(), Category::unknown_outcome);
  EXPECT_EQ(pool.get(address).error().code(), Code::unavailable);
  EXPECT_EQ(finish((*lease)->call("Slow", "x")).at(0).error().code(), Code::unavailable);
}

}  // namespace
}  // namespace eyrie::test
