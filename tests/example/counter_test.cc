// The counter in the deterministic world, with a fault and a property of its own.
#include "counter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "faults/fault.h"
#include "faults/kinds/kinds.h"
#include "runtime/rpc/channel.h"
#include "scenarios/history/history.h"
#include "scenarios/properties/property.h"
#include "sim/world.h"

namespace eyrie::faults {

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << fault.kind << " at " << fault.at / sim::kMillisecond << " ms for "
             << fault.duration / sim::kMillisecond << " ms, peer " << fault.peer;
}

}  // namespace eyrie::faults

namespace example {
namespace {

using namespace eyrie;

using faults::Fault;
using scenarios::Outcome;
using sim::kMillisecond;
using sim::kSecond;

// --- the component and its clients, as processes on simulated machines ---------------------------

class CounterProcess : public sim::Process {
 public:
  CounterProcess(Environment& environment, Durability durability)
      : counter_(environment, durability) {}

  Task<Status> run() override { return counter_.run(); }
  void request_stop() override { counter_.request_stop(); }

 private:
  Counter counter_;
};

// What a client asked, and what came of it. An unknown outcome may happen at any later time.
struct Call {
  std::int64_t number = 0;  // added; 0: only asked
  sim::SimTime invoked = 0;
  sim::SimTime completed = sim::kNever;
  Outcome outcome = Outcome::info;
  std::int64_t sum = 0;  // of the answer
};

constexpr int kClients = 3;
constexpr int kCallsOfAClient = 20;

// Everything it refers to outlives the world.
struct Witnesses {
  std::vector<Call> history;
  int finished = 0;  // clients
};

class Client : public sim::Process {
 public:
  // A patient one asks until it is answered, the others add and ask some times.
  Client(Environment& environment, const sim::World& world, Witnesses& witnesses, bool patient)
      : environment_(environment), world_(world), witnesses_(witnesses), patient_(patient) {}

  Task<Status> run() override {
    rpc::ChannelOptions options;
    options.self = {kCluster, NodeId(2), IncarnationId(1)};
    options.call_timeout = 1s;
    rpc::RpcChannel channel(environment_, {"server", kCounterPort}, options);
    Random random = environment_.random.stream("calls");
    for (int i = 0; patient_ || i < kCallsOfAClient; ++i) {
      const Duration pause(random.between(kMillisecond, kSecond / 2));
      if (!(co_await environment_.clock.sleep_for(pause)).ok()) break;
      const bool adds = !patient_ && random.chance({2, 3});
      const Outcome outcome = co_await call(channel, adds ? random.between(1, 1'000) : 0);
      if (patient_ && outcome == Outcome::ok) break;
    }
    co_await channel.stop();
    ++witnesses_.finished;
    co_return co_await stopping_.wait();
  }
  void request_stop() override { stopping_.open(); }

 private:
  Task<Outcome> call(rpc::RpcChannel& channel, std::int64_t number) {
    const std::size_t place = witnesses_.history.size();
    witnesses_.history.push_back({.number = number, .invoked = world_.now()});
    Result<Bytes> answer = co_await channel.call(kAdd, std::to_string(number));
    Call& call = witnesses_.history[place];
    call.completed = world_.now();
    if (answer) {
      call.outcome = Outcome::ok;
      call.sum = parse_number(*answer).value_or(-1);
    } else if (answer.error().category() != Category::unknown_outcome) {
      call.outcome = Outcome::fail;  // certainly not applied
    }
    co_return call.outcome;
  }

  Environment& environment_;
  const sim::World& world_;
  Witnesses& witnesses_;
  bool patient_;
  Gate stopping_;
};

// --- a fault of our own
// ---------------------------------------------------------------------------

faults::FaultKind flapping_power() {
  return {.name = "flapping_power",
          .cause = "mains that come and go: the power is cut again while the machine starts",
          .begin =
              [](faults::FaultContext& context, const Fault& fault) {
                sim::Machine& machine = faults::node_of(context, fault.target);
                machine.device().faults.power_cut_at = 1 + fault.peer % 8;
                return faults::end_process(context, machine, sim::Ending::power_cut,
                                           fault.duration / 2);
              },
          .end =
              [](faults::FaultContext& context, const Fault& fault) {
                faults::node_of(context, fault.target).device().faults.power_cut_at = 0;
              }};
}

// --- a property of our own
// ------------------------------------------------------------------------

constexpr std::array kProperties = {
    scenarios::Property{"C1", "what was acknowledged is kept",
                        "a sum was answered after an addition had been acknowledged"},
    scenarios::Property{"C2", "a healed counter answers", "everything was healed"},
};

std::vector<scenarios::PropertyResult> judge(const Witnesses& witnesses) {
  scenarios::Findings findings{std::span<const scenarios::Property>(kProperties)};
  for (const Call& read : witnesses.history) {
    if (read.outcome != Outcome::ok) continue;
    std::int64_t acknowledged = 0;
    std::int64_t asked_for = 0;
    std::int64_t told = 0;  // as the sum, to anybody before; it only grows
    for (const Call& call : witnesses.history) {
      const bool answered = call.outcome == Outcome::ok && call.completed < read.invoked;
      if (answered) acknowledged += call.number;
      if (answered) told = std::max(told, call.sum);
      if (call.outcome != Outcome::fail && call.invoked <= read.completed) asked_for += call.number;
    }
    if (acknowledged > 0) findings.check("C1");
    if (read.sum >= std::max(acknowledged, told) && read.sum <= asked_for) continue;
    findings.violate("C1", "the sum was " + std::to_string(read.sum) + ", but " +
                               std::to_string(acknowledged) + " of " + std::to_string(asked_for) +
                               " had been acknowledged, and " + std::to_string(told) + " told");
  }
  findings.check("C2");
  if (witnesses.finished <= kClients) findings.violate("C2", "the last client was not answered");
  return findings.take();
}

// --- a plan is lived through once
// ------------------------------------------------------------------

struct Outcomes {
  std::uint64_t trace_hash = 0;
  std::map<std::string, faults::FaultCounts> faults;
  std::uint64_t checked = 0;  // how often the premise of C1 held
  std::vector<std::string> violations;
};

Outcomes run(std::uint64_t seed, const std::vector<Fault>& faults,
             Durability durability = Durability::synced) {
  Witnesses witnesses;
  sim::World world(seed, {});
  world.set_supervision(kSecond);
  world.start(world.add_machine({.name = "server"}), [&](Environment& environment) {
    return std::make_unique<CounterProcess>(environment, durability);
  });
  const auto add_client = [&](const std::string& name, bool patient) {
    world.start(world.add_machine({.name = name}), [&, patient](Environment& environment) {
      return std::make_unique<Client>(environment, world, witnesses, patient);
    });
  };
  for (int i = 1; i <= kClients; ++i) add_client("client-" + std::to_string(i), false);
  faults::FaultInjector injector({.world = world, .nodes = {"server"}}, {flapping_power()});
  injector.schedule(faults);
  world.run_until(120 * kSecond, [&] { return witnesses.finished == kClients; });
  injector.heal();
  add_client("last", true);
  world.run_until(world.now() + 60 * kSecond, [&] { return witnesses.finished > kClients; });

  Outcomes outcomes{world.trace_hash(), injector.counts(), 0, {}};
  for (const sim::Mistake& mistake : world.mistakes()) outcomes.violations.push_back(mistake.what);
  for (const scenarios::PropertyResult& property : judge(witnesses)) {
    if (property.id == "C1") outcomes.checked = property.checked;
    for (const auto& violation : property.violations) {
      outcomes.violations.push_back(violation.property + ": " + violation.sentence);
    }
  }
  return outcomes;
}

// --- the tests
// -------------------------------------------------------------------------------------

const std::vector<std::string> kNoViolations;

TEST(Counter, AddsUpWhenNothingGoesWrong) {
  const Outcomes outcomes = run(1, {});
  EXPECT_EQ(outcomes.violations, kNoViolations);
  EXPECT_GT(outcomes.checked, 10u);  // a property whose premise never held says nothing
}

TEST(Counter, KeepsItsSumThroughMainsThatComeAndGo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Outcomes outcomes = run(seed, {{"flapping_power", 0, seed, kSecond, 2 * kSecond},
                                         {"flapping_power", 0, seed / 3, 5 * kSecond, kSecond}});
    EXPECT_EQ(outcomes.violations, kNoViolations) << "seed " << seed;
    EXPECT_EQ(outcomes.faults.at("flapping_power").had_effect, 2u);
  }
}

TEST(Counter, LivesTheSameRunAgainFromTheSameSeed) {
  const std::vector<Fault> faults = {{"power_cut", 0, 0, 3 * kSecond, kSecond},
                                     {"slow_link", 0, 1, kSecond, 2 * kSecond}};
  const std::uint64_t hash = run(7, faults).trace_hash;
  EXPECT_EQ(run(7, faults).trace_hash, hash);
  EXPECT_NE(run(8, faults).trace_hash, hash);
  RecordProperty("trace_hash", std::to_string(hash));  // for whoever compares two builds
}

TEST(Property, FindsACounterThatAcknowledgesBeforeItSyncs) {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Fault> faults = {{"power_cut", 0, 0, 5 * kSecond, kSecond}};
    EXPECT_EQ(run(seed, faults).violations, kNoViolations) << "seed " << seed;
    if (!run(seed, faults, Durability::none).violations.empty()) ++found;
  }
  EXPECT_GE(found, 10u);
}

// Those that a counter alone can meet; the others strike etcd, S3 and the log service.
rc::Gen<std::vector<Fault>> any_faults() {
  std::vector<std::string> kinds = {"flapping_power"};
  for (const faults::FaultKind& kind : faults::fault_kinds()) {
    const bool here = kind.needs == faults::Needs::machines || kind.needs == faults::Needs::disk;
    if (here) kinds.push_back(kind.name);
  }
  const auto make = [](const std::string& kind, std::uint64_t peer, sim::SimTime at,
                       sim::SimTime duration) { return Fault{kind, 0, peer, at, duration}; };
  return rc::gen::container<std::vector<Fault>>(
      rc::gen::apply(make, rc::gen::elementOf(kinds), rc::gen::arbitrary<std::uint64_t>(),
                     rc::gen::inRange<sim::SimTime>(0, 10 * kSecond),
                     rc::gen::inRange(kMillisecond, 3 * kSecond)));
}

RC_GTEST_PROP(Counter, KeepsWhatItAcknowledgedWhateverHappens, (std::uint64_t seed)) {
  const std::vector<Fault> faults = *any_faults();
  RC_ASSERT(run(seed, faults).violations == kNoViolations);
}

}  // namespace
}  // namespace example
