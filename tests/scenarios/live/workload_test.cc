#include "scenarios/live/workload.h"

#include <gtest/gtest.h>

#include "runtime/rpc/server.h"
#include "tests/support/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios::live {
namespace {

namespace pb = client::pb;

class TimeOf final : public HistoryTime {
 public:
  explicit TimeOf(const Clock& clock) : clock_(clock) {}
  sim::SimTime now() const override { return to_ns(clock_.monotonic().time_since_epoch()); }

 private:
  const Clock& clock_;
};

// Client 1 describes its collection, through the proxies in this order of its own.
Plan plan_of(const std::vector<std::uint32_t>& proxies, sim::SimTime gap) {
  Plan plan;
  std::vector<ClientOp>& ops = plan.clients.emplace_back();
  for (const std::uint32_t proxy : proxies) {
    ClientOp op;
    op.kind = OpKind::describe;
    op.proxy = proxy;
    op.gap = gap;
    ops.push_back(op);
  }
  return plan;
}

Task<Result<pb::DescribeCollectionResponse>> described() {
  co_return pb::DescribeCollectionResponse();
}

Task<void> serve(Environment& environment, Gate& stop) {
  rpc::RpcServer server(environment, {{kCluster, NodeId(1), IncarnationId(1)}, {}});
  server.handle<pb::DescribeCollectionRequest, pb::DescribeCollectionResponse>(
      "milvus.DescribeCollection",
      [](const rpc::CallContext&, const pb::DescribeCollectionRequest&) { return described(); });
  EYRIE_CO_ASSERT_OK(co_await server.start({"alive", 1}));
  (void)co_await stop.wait();
  co_await server.stop();
}

struct Worked {
  std::size_t answered = 0;
  std::size_t through_other = 0;
  Duration took{};
};

// Until the first client has had so long.
Task<void> work(Environment& environment, const Plan& plan, Duration time, Worked& worked) {
  const Words words;
  const TimeOf now(environment.clock);
  History history;
  Progress progress;
  Workload workload(environment, {plan, words, now, history, progress},
                    {{"dead", 1}, {"alive", 1}});
  const MonotonicTime begin = environment.clock.monotonic();
  workload.start();
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(time));
  co_await workload.stop();
  worked.answered = workload.answered(0, sim::kNever);
  worked.through_other = workload.through_other(0, 0, sim::kNever);
  worked.took = environment.clock.monotonic() - begin;
}

Worked run(const Plan& plan, Duration time) {
  test::SimTestWorld world(1);
  Gate stop;
  Worked worked;
  world.spawn("alive", [&](Environment& environment) { return serve(environment, stop); });
  world.run("clients",
            [&](Environment& environment) { return work(environment, plan, time, worked); });
  return worked;
}

TEST(Workload, OnlyWhatWasPlannedForAProxyAndFailedOverIsThroughTheOther) {
  // The first finds the proxy dead, the second goes on through the other; the third is planned so.
  const Worked worked = run(plan_of({0, 0, 1}, to_ns(10ms)), 20s);
  EXPECT_EQ(worked.answered, 2u);
  EXPECT_EQ(worked.through_other, 1u);
}

TEST(Workload, AClientThatWaitsForItsNextCallStopsAtOnce) {
  const Worked worked = run(plan_of({1}, to_ns(1h)), 1s);
  EXPECT_EQ(worked.answered, 0u);
  EXPECT_LT(worked.took, 2s);
}

}  // namespace
}  // namespace eyrie::scenarios::live
