#include "scenarios/plan/plan.h"

#include <algorithm>

#include "runtime/random.h"

namespace eyrie::scenarios {

namespace {

using sim::kMillisecond;
using sim::kSecond;

// One client's words, as its writes will leave them if each succeeds.
struct Owned {
  std::vector<std::uint32_t> fresh;    // not yet inserted
  std::vector<std::uint32_t> present;  // inserted
};

Level draw_level(Random& random) {
  return static_cast<Level>(random.below(4));
}

class ClientPlanner {
 public:
  ClientPlanner(const Plan& plan, std::size_t client, std::size_t clients, Random random)
      : plan_(plan), random_(random) {
    for (std::size_t i = client; i < plan.words.size(); i += clients) {
      owned_.fresh.push_back(plan.words[i]);
    }
    random_.shuffle(owned_.fresh);
  }

  std::vector<ClientOp> make(std::int64_t calls) {
    std::vector<ClientOp> ops;
    // The words are spread over the inserts, which are about a third of the calls.
    batch_ =
        std::max<std::size_t>(1, owned_.fresh.size() / (static_cast<std::size_t>(calls) / 3 + 1));
    for (std::int64_t i = 0; i < calls; ++i) ops.push_back(make_op());
    return ops;
  }

 private:
  ClientOp make_op() {
    ClientOp op;
    op.gap = random_.between(0, 150 * kMillisecond);
    const std::uint64_t draw = random_.below(100);
    if (draw < 38 && !owned_.fresh.empty()) {
      op.kind = OpKind::insert;
      for (std::size_t i = 0; i <= batch_ && !owned_.fresh.empty(); ++i) {
        op.rows.push_back({owned_.fresh.back(), ++version_});
        owned_.present.push_back(owned_.fresh.back());
        owned_.fresh.pop_back();
      }
      return op;
    }
    if (draw < 48 && !owned_.present.empty()) {
      op.kind = OpKind::upsert;
      op.rows.push_back({random_.pick(owned_.present), ++version_});
      return op;
    }
    if (draw < 58 && !owned_.present.empty()) {
      op.kind = OpKind::remove;
      op.rows.push_back({random_.pick(owned_.present), ++version_});
      return op;
    }
    op.level = draw_level(random_);
    op.query_row = random_.pick(plan_.words);
    if (draw < 66) {
      op.kind = OpKind::query;
      const std::uint64_t keys = 1 + random_.below(4);
      for (std::uint64_t i = 0; i < keys; ++i) op.rows.push_back({random_.pick(plan_.words), 0});
    } else if (draw < 69) {
      op.kind = OpKind::count;
    } else {
      op.kind = OpKind::search;
      op.limit = static_cast<std::int32_t>(1 + random_.below(20));
    }
    return op;
  }

  const Plan& plan_;
  Random random_;
  Owned owned_;
  std::size_t batch_ = 1;
  std::int64_t version_ = 0;
};

// A swarm: half of the kinds are off, in a tenth of the seeds all of them.
void draw_faults(const Scenario& scenario, Random random, sim::SimTime length, Plan& plan) {
  std::vector<std::string> kinds;
  if (!random.chance({1, 10})) {
    for (const std::string& kind : scenario.fault_kinds) {
      if (random.chance({1, 2})) kinds.push_back(kind);
    }
  }
  if (kinds.empty()) return;
  const std::int64_t count = random.between(scenario.faults.low, scenario.faults.high);
  for (std::int64_t i = 0; i < count; ++i) {
    faults::Fault fault;
    fault.kind = random.pick(kinds);
    fault.target = random.next();
    fault.peer = random.next();
    fault.at = random.between(0, length);
    // Mostly short, now and then longer than a lease.
    fault.duration = random.chance({1, 8}) ? random.between(kSecond, 8 * kSecond)
                                           : random.between(kMillisecond, kSecond);
    plan.faults.push_back(fault);
  }
  std::sort(plan.faults.begin(), plan.faults.end(), [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at < b.at : a.target < b.target;
  });
}

}  // namespace

std::string_view name_of(OpKind kind) {
  switch (kind) {
    case OpKind::insert:
      return "insert";
    case OpKind::upsert:
      return "upsert";
    case OpKind::remove:
      return "delete";
    case OpKind::search:
      return "search";
    case OpKind::query:
      return "query";
    case OpKind::count:
      return "count";
    case OpKind::create:
      return "create";
    case OpKind::drop:
      return "drop";
  }
  return "search";
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::strong:
      return "strong";
    case Level::session:
      return "session";
    case Level::bounded:
      return "bounded";
    case Level::eventually:
      return "eventually";
    case Level::pinned:
      return "pinned";
  }
  return "strong";
}

Plan make_plan(const Scenario& scenario, const Words& words, std::uint64_t seed) {
  Random random = Random(seed).stream("plan");
  Plan plan;
  plan.scenario = scenario.name;
  plan.seed = seed;
  plan.topology = scenario.topology;
  plan.executor.shuffle_ready = random.chance({1, 2});
  plan.executor.offload_reads_at_end = random.chance({1, 2});
  plan.shards = random.chance({1, 2}) ? 2 : 4;
  plan.topology.lease = Duration(random.between(3 * kSecond, 8 * kSecond));
  plan.topology.tick_interval = Duration(random.between(50 * kMillisecond, 300 * kMillisecond));
  std::vector<std::uint32_t> rows(words.words.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  random.shuffle(rows);
  const auto count = static_cast<std::size_t>(random.between(
      scenario.words.low,
      std::min<std::int64_t>(scenario.words.high, static_cast<std::int64_t>(rows.size()))));
  rows.resize(std::min(count, rows.size()));
  plan.words = std::move(rows);
  const auto clients = static_cast<std::size_t>(scenario.clients);
  for (std::size_t client = 0; client < clients; ++client) {
    ClientPlanner planner(plan, client, clients, random.stream("client").stream(client));
    plan.clients.push_back(planner.make(scenario.calls_per_client));
  }
  // About the time that the calls take, were there no faults.
  const sim::SimTime length = scenario.calls_per_client * 130 * kMillisecond;
  draw_faults(scenario, random.stream("faults"), length, plan);
  return plan;
}

}  // namespace eyrie::scenarios
