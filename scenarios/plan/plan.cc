#include "scenarios/plan/plan.h"

#include <algorithm>

#include "nodes/settings/all.h"
#include "nodes/settings/coordinator.h"
#include "runtime/check.h"
#include "runtime/random.h"
#include "scenarios/plan/client_planner.h"

namespace eyrie::scenarios {

namespace {

using sim::kMillisecond;
using sim::kSecond;

// A swarm: half of the kinds are off but for those that the scenario is about, in a tenth of the
// seeds all of them.
void draw_faults(const Scenario& scenario, Random random, sim::SimTime length, Plan& plan) {
  std::vector<std::string> kinds;
  if (!random.chance({1, 10})) {
    for (const std::string& kind : scenario.fault_kinds) {
      if (random.chance({1, 2}) || scenario.always.contains(kind)) kinds.push_back(kind);
    }
  }
  std::erase_if(
      kinds, [&](const std::string& kind) { return !check_fault_kind(kind, plan.topology).ok(); });
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

// In half of the seeds, what is healed in the end is a core: one machine of each role.
std::vector<std::string> draw_lost(const Topology& topology, Random random) {
  std::vector<std::string> lost;
  if (random.chance({1, 2})) return lost;
  for (const std::vector<std::string>& peers : nodes_by_role(topology)) {
    if (peers.empty()) continue;
    const std::uint64_t kept = random.below(peers.size());
    for (std::size_t i = 0; i < peers.size(); ++i) {
      if (i != kept) lost.push_back(peers[i]);
    }
  }
  return lost;
}

// A quiet rack, an ordinary network, or one that is far and busy, with heavy tails.
sim::LatencyOptions draw_latency(Random random) {
  sim::LatencyOptions latency;
  switch (random.below(4)) {
    case 0:  // hardly any jitter: what was sent together arrives together
      latency.base_min = 50 * sim::kMicrosecond;
      latency.base_max = 60 * sim::kMicrosecond;
      latency.tail_max = sim::kMillisecond;
      latency.tail_one_in = 1'000'000;
      break;
    case 1:  // far from each other, and unevenly
      latency.base_max = random.between(1, 5) * kMillisecond;
      break;
    case 2:  // heavy tails
      latency.tail_one_in = static_cast<std::uint64_t>(random.between(20, 200));
      latency.tail_max = random.between(20, 200) * kMillisecond;
      break;
    default:
      break;
  }
  return latency;
}

// What the scenario fixes, else what the swarm draws, else the default. The first goes with all
// defaults (parse_scenario), but a draw may contradict it: then the default stays. So every step
// leaves settings that go together.
std::map<std::string, std::string> choose_settings(const Scenario& scenario, const Random& random) {
  std::map<std::string, std::string> chosen = scenario.settings;
  for (const SettingAssignment& drawn : draw_swarm(settings::all(), random)) {
    const auto [place, free] = chosen.emplace(drawn.name, drawn.text);
    if (free && !settings_of(chosen, "the plan")) chosen.erase(place);
  }
  name_every_setting(chosen);
  return chosen;
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
    case OpKind::describe:
      return "describe";
    case OpKind::load:
      return "load";
    case OpKind::flush:
      return "flush";
    case OpKind::release:
      return "release";
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

Result<Settings> settings_of(const std::map<std::string, std::string>& written,
                             const std::string& place) {
  std::vector<SettingAssignment> assignments;
  for (const auto& [name, text] : written) assignments.push_back({name, text, place});
  Result<Settings> settings = settings::load(assignments);
  // What does not go together is of no assignment alone.
  if (!settings && !settings.error().message().starts_with(place)) {
    return fail(settings.error().code(), place + ": " + settings.error().message());
  }
  return settings;
}

bool name_every_setting(std::map<std::string, std::string>& written) {
  const std::size_t before = written.size();
  const SettingsTable declared = settings::all();
  for (const SettingDeclaration* each : declared.all()) {
    written.try_emplace(std::string(each->name), format_setting(*each, Settings().value_of(*each)));
  }
  return written.size() > before;
}

Plan make_plan(const Scenario& scenario, const Words& words, std::uint64_t seed) {
  Random random = Random(seed).stream("plan");
  Plan plan;
  plan.scenario = scenario.name;
  plan.seed = seed;
  plan.topology = scenario.topology;
  if (plan.topology.standalones == 0) {
    const bool zero_disk = random.stream("log").chance({1, 2});
    plan.topology.log = scenario.log.value_or(zero_disk ? LogKind::zero_disk : LogKind::service);
  }
  plan.executor.shuffle_ready = random.chance({1, 2});
  plan.executor.offload_reads_at_end = random.chance({1, 2});
  plan.latency = draw_latency(random.stream("latency"));
  plan.settings = choose_settings(scenario, random.stream("settings"));
  const Result<Settings> chosen = settings_of(plan.settings, "the plan");
  EYRIE_CHECK(chosen.has_value(), "parse_scenario() lets no others in");
  plan.shards = static_cast<std::int32_t>(std::min(
      {std::int64_t{random.chance({1, 2}) ? 2 : 4},
       static_cast<std::int64_t>(plan.topology.channels), chosen->get(settings::kShardsMax)}));
  const bool flat = seed % 4 == 0;  // so that a short campaign has some as well
  plan.index = scenario.index.value_or(flat ? IndexType::flat : IndexType::hnsw);
  Random clocks = random.stream("clocks");
  if (clocks.chance({1, 2})) {
    plan.topology.wall_skew_max = Duration(clocks.between(kSecond, 20 * kSecond));
  }
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
    std::vector<std::uint32_t> own;
    for (std::size_t i = client; i < plan.words.size(); i += clients) own.push_back(plan.words[i]);
    plan.clients.push_back(plan_client(own, plan.words, scenario.calls_per_client,
                                       random.stream("client").stream(client)));
  }
  // About the time that the calls take, were there no faults.
  const sim::SimTime length = scenario.calls_per_client * 130 * kMillisecond;
  plan.clients.push_back(plan_definitions(plan.words, length, random.stream("definitions")));
  draw_faults(scenario, random.stream("faults"), length, plan);
  if (scenario.upgrade) {
    plan.upgrade = draw_upgrade(plan.topology, length, random.stream("upgrade"));
  }
  plan.lost = draw_lost(plan.topology, random.stream("lost"));
  return plan;
}

}  // namespace eyrie::scenarios
