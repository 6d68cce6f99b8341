#include "scenarios/main/timeline.h"

#include <gtest/gtest.h>

#include "scenarios/properties/index.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

using faults::Fault;
using faults::FaultInjector;
using faults::FaultKind;
using reports::Timeline;
using sim::kSecond;

struct Collector : sim::EventLog::Sink {
  void write(BytesView bytes) override { all.append(bytes); }
  Bytes all;
};

// What such a fault looks like that strikes one of these machines.
std::vector<std::pair<std::string, Timeline::Family>> drawn(
    const std::vector<std::string>& machines, const Fault& fault, std::vector<FaultKind> own) {
  Collector log;
  RunOutcome outcome;
  {
    sim::WorldOptions options;
    options.log_sink = &log;
    sim::World world(1, options);
    const auto idle = [](Environment& environment) {
      return std::make_unique<test::IdleProcess>(environment);
    };
    for (const std::string& name : machines) {
      world.start(world.add_machine({.name = name}), idle);
    }
    world.start(world.add_machine({.name = "client-1"}), idle);
    FaultInjector injector({.world = world, .nodes = machines}, std::move(own));
    injector.schedule({fault});
    world.run_until(10 * kSecond);
    outcome.simulated = world.now();
  }
  Plan plan;
  const Result<Timeline> timeline = timeline_of(plan, outcome, log.all);
  EXPECT_TRUE(timeline.has_value());
  std::vector<std::pair<std::string, Timeline::Family>> found;
  for (const Timeline::Fault& each : timeline->faults) {
    EXPECT_EQ(each.begin, 2'000'000);
    EXPECT_EQ(each.end, 3'000'000);
    found.emplace_back(timeline->lanes[each.lane].name, each.family);
  }
  return found;
}

using Drawn = std::vector<std::pair<std::string, Timeline::Family>>;

TEST(Timeline, AFaultIsDrawnOnTheMachineThatItReallyStruck) {
  const FaultKind moving{.name = "moving",
                         .cause = "strikes another one than the plan's target",
                         .begin =
                             [](faults::FaultContext&, Fault& fault) {
                               fault.target = 1;
                               return true;
                             },
                         .end = nullptr};
  EXPECT_EQ(
      drawn({"coordinator-1", "coordinator-2"}, {"moving", 0, 0, 2 * kSecond, kSecond}, {moving}),
      (Drawn{{"coordinator-2", Timeline::Family::network}}));
}

TEST(Timeline, AServiceIsStruckAsAWhole) {
  const FaultKind trickle{
      .name = "s3_trickle",
      .cause = "strikes no machine of its own",
      .begin = [](faults::FaultContext&, const Fault&) { return true; },
      .end = nullptr,
      .where = [](faults::FaultContext&,
                  const Fault&) { return std::vector<sim::Machine*>{nullptr}; }};
  EXPECT_EQ(drawn({"data-1", "s3"}, {"s3_trickle", 0, 0, 2 * kSecond, kSecond}, {trickle}),
            (Drawn{{"s3", Timeline::Family::service}}));
}

TEST(Timeline, AFaultThatStruckNobodyIsNotDrawn) {
  FaultKind missing{.name = "s3_missing",
                    .cause = "finds nothing to strike",
                    .begin = [](faults::FaultContext&, const Fault&) { return false; },
                    .end = nullptr};
  const Fault fault{"s3_missing", 0, 0, 2 * kSecond, kSecond};
  EXPECT_TRUE(drawn({"data-1", "s3"}, fault, {missing}).empty());
  missing.where = [](faults::FaultContext&, const Fault&) { return std::vector<sim::Machine*>(); };
  missing.strikes = [](const faults::FaultContext&, const Fault&) { return 0; };
  EXPECT_TRUE(drawn({"data-1", "s3"}, fault, {missing}).empty());
}

TEST(Timeline, AStandaloneIsAMachineTooAndASlowOneNoFaultOfTheNetwork) {
  EXPECT_EQ(drawn({"standalone-1"}, {"slow_processor", 0, 0, 2 * kSecond, kSecond}, {}),
            (Drawn{{"standalone-1", Timeline::Family::process}}));
}

Operation call_of(std::size_t id, std::size_t client) {
  Operation operation;
  operation.id = id;
  operation.client = client;
  operation.invoked = static_cast<sim::SimTime>(id) * kSecond;
  operation.completed = operation.invoked + kSecond;
  return operation;
}

// Client 3 of a sentence is the third row, and its machine is client-3.
TEST(Timeline, TheRowOfANamedCallIsOfWhomTheSentenceNames) {
  Collector log;
  RunOutcome outcome;
  {
    sim::WorldOptions options;
    options.log_sink = &log;
    sim::World world(1, options);
    outcome.simulated = 10 * kSecond;
  }
  Plan plan;
  plan.clients.resize(3);
  outcome.history.clients = 3;
  // Client 3, who prepares, and the probes 1 and 2.
  for (std::size_t i = 0; i < 4; ++i) outcome.history.operations.push_back(call_of(i, i + 2));
  outcome.reason = "P9: " + describe(outcome.history, outcome.history.operations[0]) + " and " +
                   describe(outcome.history, outcome.history.operations[3]);
  EXPECT_EQ(outcome.reason, "P9: search #0 of client 3 (0 ms) and search #3 of probe 2 (3000 ms)");
  const Result<Timeline> timeline = timeline_of(plan, outcome, log.all);
  ASSERT_TRUE(timeline.has_value());
  EXPECT_EQ(timeline->others, std::vector<std::string>{"probe 2"});
  ASSERT_EQ(timeline->calls.size(), 4u);
  EXPECT_EQ(timeline->calls[0].row, 2u);
  EXPECT_EQ(timeline->calls[1].row, Timeline::kNoRow);
  EXPECT_EQ(timeline->calls[2].row, Timeline::kNoRow);
  EXPECT_EQ(timeline->calls[3].row, 3u);
  EXPECT_TRUE(timeline->calls[0].title.starts_with("search #0 of client 3: "));
  EXPECT_EQ(outcome.history.caller(2).machine(), "client-3");
  EXPECT_EQ(outcome.history.caller(3).machine(), "setup");
  EXPECT_EQ(outcome.history.caller(5).machine(), "probe-2");
}

}  // namespace
}  // namespace eyrie::scenarios
