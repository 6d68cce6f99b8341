#include "scenarios/plan/plan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "index/hnsw.h"
#include "nodes/settings/all.h"
#include "runtime/random.h"
#include "scenarios/plan/case.h"

namespace eyrie::scenarios {
namespace {

constexpr char kSmall[] = R"(name: small
words: [20, 30]
clients: 2
calls_per_client: 40
faults: [5, 9]
fault_kinds: [pause, process_kill]
)";

// n words with vectors of one component.
Words words_of(std::size_t n) {
  Bytes fvecs;
  Bytes lines;
  for (std::size_t i = 0; i < n; ++i) {
    const std::int32_t dimension = 1;
    const auto value = static_cast<float>(i);
    fvecs.append(reinterpret_cast<const char*>(&dimension), sizeof dimension);
    fvecs.append(reinterpret_cast<const char*>(&value), sizeof value);
    lines += "w" + std::to_string(i) + "\n";
  }
  return read_words(fvecs, lines).value();
}

std::string text_of(const Plan& plan) {
  std::string text = std::to_string(plan.shards);
  for (const auto& client : plan.clients) {
    for (const ClientOp& op : client) {
      text += std::string(name_of(op.kind)) + std::to_string(op.gap);
      for (const PlannedRow& row : op.rows) text += " " + std::to_string(row.word);
    }
  }
  for (const faults::Fault& fault : plan.faults) text += fault.kind + std::to_string(fault.at);
  return text;
}

// How many of a hundred plans keep their log on the zero-disk log. Faults of the log's service are
// of plans that have one.
int zero_disk_of_a_hundred(const std::string& more) {
  std::string yaml = kSmall + more;
  yaml.replace(yaml.find("pause,"), 6, "wal_reset,");
  const Scenario scenario = parse_scenario(yaml, "small.yaml").value();
  const Words words = words_of(50);
  int zero_disk = 0;
  int resets = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Plan plan = make_plan(scenario, words, seed);
    const auto of_log = std::ranges::count(plan.faults, "wal_reset", &faults::Fault::kind);
    if (plan.topology.log == LogKind::zero_disk) {
      ++zero_disk;
      EXPECT_EQ(of_log, 0) << seed;
    }
    resets += static_cast<int>(of_log);
  }
  EXPECT_EQ(resets > 0, zero_disk < 100);
  return zero_disk;
}

TEST(Plan, DrawsWhatTheLogIsUnlessTheScenarioSaysIt) {
  EXPECT_GT(zero_disk_of_a_hundred(""), 25);
  EXPECT_LT(zero_disk_of_a_hundred(""), 75);
  EXPECT_EQ(zero_disk_of_a_hundred("log: zero_disk\n"), 100);
  EXPECT_EQ(zero_disk_of_a_hundred("log: service\n"), 0);
}

TEST(Plan, NamesTheSettingsThatAreMissingAndLeavesTheOthers) {
  std::map<std::string, std::string> written = {{"log.uploads_max", "3"}};
  EXPECT_TRUE(name_every_setting(written));
  EXPECT_EQ(written.size(), settings::all().all().size());
  EXPECT_EQ(written.at("log.uploads_max"), "3");
  EXPECT_FALSE(name_every_setting(written));
}

TEST(Plan, IsMadeFromScenarioAndSeedAlone) {
  const Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  const Words words = words_of(50);
  EXPECT_EQ(text_of(make_plan(scenario, words, 3)), text_of(make_plan(scenario, words, 3)));
  EXPECT_NE(text_of(make_plan(scenario, words, 3)), text_of(make_plan(scenario, words, 4)));
}

// Of so many seeds, how many draw that setting otherwise than its default; all must run.
int drawn_otherwise(const std::string& settings, const std::string& name,
                    const std::string& initial) {
  const Scenario scenario =
      parse_scenario(std::string(kSmall) + "settings: {" + settings + "}\n", "small.yaml").value();
  const Words words = words_of(50);
  int otherwise = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = make_plan(scenario, words, seed);
    const Status runs = check_plan(plan, "seed " + std::to_string(seed), 50);
    EXPECT_TRUE(runs.ok()) << runs;
    for (const auto& [fixed, text] : scenario.settings) EXPECT_EQ(plan.settings.at(fixed), text);
    if (plan.settings.at(name) != initial) ++otherwise;
  }
  return otherwise;
}

TEST(Plan, WhatIsDrawnGivesWayToWhatTheScenarioFixes) {
  // From 10 s to 60 s is drawn, and what is not at least 24 s gives way.
  const int drawn = drawn_otherwise("rpc.keep_alive_interval: 12s", "rpc.silence_max", "30s");
  EXPECT_GT(drawn, 100);
  EXPECT_LT(drawn, 190);
  // Whatever is drawn goes with the least that a scenario may fix.
  EXPECT_GT(drawn_otherwise("rpc.silence_max: 10s", "rpc.keep_alive_interval", "5s"), 190);
  EXPECT_GT(drawn_otherwise("rpc.keep_alive_interval: 5s", "rpc.silence_max", "30s"), 190);
}

TEST(Plan, ACollectionHasNoMoreShardsThanTheScenarioAllows) {
  const Words words = words_of(50);
  for (const std::int32_t most : {1, 2, 3}) {
    const std::string fixed = "settings: {coordinator.shards_max: " + std::to_string(most) + "}\n";
    const Scenario scenario = parse_scenario(kSmall + fixed, "small.yaml").value();
    std::int32_t drawn = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const std::int32_t shards = make_plan(scenario, words, seed).shards;
      EXPECT_LE(shards, most) << "seed " << seed;
      drawn = std::max(drawn, shards);
    }
    EXPECT_EQ(drawn, most);
  }
}

// What is drawn goes together: were it not so, a draw would give way unasked.
TEST(Plan, WhereTheScenarioFixesNothingEveryDrawStands) {
  const Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  const Words words = words_of(50);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = make_plan(scenario, words, seed);
    const Random random = Random(seed).stream("plan").stream("settings");
    for (const SettingAssignment& drawn : draw_swarm(settings::all(), random)) {
      EXPECT_EQ(plan.settings.at(drawn.name), drawn.text) << drawn.name << ", seed " << seed;
    }
  }
}

TEST(Plan, SomeSeedsHaveHardlyAnyJitterAndOthersHeavyTails) {
  const Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  const Words words = words_of(50);
  int quiet = 0;
  int far = 0;
  int heavy = 0;
  int usual = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const sim::LatencyOptions latency = make_plan(scenario, words, seed).latency;
    EXPECT_LE(latency.base_min, latency.base_max);
    if (latency.base_max - latency.base_min <= 10 * sim::kMicrosecond) ++quiet;
    if (latency.base_max > sim::kMillisecond) ++far;
    if (latency.tail_one_in <= 200) ++heavy;
    if (latency.base_max == sim::LatencyOptions().base_max &&
        latency.tail_one_in == sim::LatencyOptions().tail_one_in) {
      ++usual;
    }
  }
  EXPECT_GE(quiet, 4);
  EXPECT_GE(far, 4);
  EXPECT_GE(heavy, 4);
  EXPECT_GE(usual, 4);
}

TEST(Plan, OnlyOneClientWritesAWord) {
  const Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  const Plan plan = make_plan(scenario, words_of(50), 1);
  std::map<std::uint32_t, std::size_t> owners;
  for (std::size_t client = 0; client < plan.clients.size(); ++client) {
    for (const ClientOp& op : plan.clients[client]) {
      if (op.kind == OpKind::query || op.collection != 0) continue;
      for (const PlannedRow& row : op.rows) {
        EXPECT_EQ(owners.emplace(row.word, client).first->second, client);
      }
    }
  }
  EXPECT_FALSE(owners.empty());
}

TEST(Plan, EverySeedHasTheSameNumberOfCallsOfEachKind) {
  Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  scenario.words = {2'000, 3'000};
  scenario.clients = 8;
  scenario.calls_per_client = 260;
  const Words words = words_of(3'000);
  for (const std::uint64_t seed : {1, 2, 3}) {
    std::map<OpKind, std::size_t> calls;
    std::map<Level, std::size_t> searches;
    std::size_t all = 0;
    for (const auto& client : make_plan(scenario, words, seed).clients) {
      for (const ClientOp& op : client) {
        if (op.collection != 0) continue;
        ++all;
        ++calls[op.kind];
        if (op.kind == OpKind::search) ++searches[op.level];
      }
    }
    EXPECT_GE(all, 2'000u);
    EXPECT_EQ(calls[OpKind::search], 664u);
    EXPECT_EQ(calls[OpKind::upsert], 232u);
    EXPECT_EQ(calls[OpKind::remove], 224u);
    EXPECT_EQ(calls[OpKind::query], 160u);
    EXPECT_EQ(calls[OpKind::count], 64u);
    EXPECT_EQ(calls[OpKind::insert], all - 664 - 232 - 224 - 160 - 64);
    ASSERT_EQ(searches.size(), 5u);
    EXPECT_GE(searches[Level::pinned], 10u);
    searches.erase(Level::pinned);
    for (const auto& [level, count] : searches) EXPECT_GE(count, 150u) << name_of(level);
  }
}

TEST(Plan, AThirdOfTheSearchesAreExactAndAThirdOverGraphs) {
  Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  scenario.words = {2'000, 3'000};
  scenario.clients = 8;
  scenario.calls_per_client = 260;
  std::size_t searches = 0;
  std::size_t exact = 0;
  std::size_t narrow = 0;
  for (const auto& client : make_plan(scenario, words_of(3'000), 1).clients) {
    for (const ClientOp& op : client) {
      if (op.kind != OpKind::search) continue;
      ++searches;
      exact += op.ef == std::numeric_limits<std::int32_t>::max() ? 1 : 0;
      if (op.ef > 3) continue;
      ++narrow;
      EXPECT_LE(op.limit, op.ef);
      EXPECT_FALSE(index::scan_is_cheaper(100, 100, static_cast<std::uint32_t>(op.ef)));
    }
  }
  EXPECT_NEAR(static_cast<double>(exact) / static_cast<double>(searches), 1.0 / 3, 0.03);
  EXPECT_NEAR(static_cast<double>(narrow) / static_cast<double>(searches), 1.0 / 3, 0.03);
}

TEST(Plan, MostPinnedSearchesRepeatTheLastStrongRead) {
  Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  scenario.clients = 8;
  scenario.calls_per_client = 260;
  const Plan plan = make_plan(scenario, words_of(50), 1);
  int repeats = 0;
  int pinned = 0;
  for (const auto& client : plan.clients) {
    const ClientOp* strong = nullptr;
    for (const ClientOp& op : client) {
      if (op.reads() && op.level == Level::strong) strong = &op;
      if (op.kind != OpKind::search || op.level != Level::pinned) continue;
      ++pinned;
      if (strong == nullptr || strong->kind != OpKind::search) continue;
      ++repeats;
      EXPECT_EQ(op.query_row, strong->query_row);
      EXPECT_NE(op.limit, strong->limit);
      EXPECT_GE(op.limit, 1);
      EXPECT_LE(op.limit, 20);
      EXPECT_EQ(op.ef, strong->ef);
      EXPECT_NE(op.proxy, strong->proxy);
    }
  }
  EXPECT_GE(repeats, 10);
  EXPECT_GT(2 * repeats, pinned);
}

TEST(Plan, AQuarterOfTheSeedsSearchExactlyUnlessTheScenarioSaysIt) {
  const auto exact_of_a_hundred = [](const std::string& more) {
    const Scenario scenario = parse_scenario(kSmall + more, "small.yaml").value();
    const Words words = words_of(50);
    int exact = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      exact += make_plan(scenario, words, seed).index == IndexType::flat ? 1 : 0;
    }
    return exact;
  };
  const int drawn = exact_of_a_hundred("");
  EXPECT_GE(drawn, 15);
  EXPECT_LE(drawn, 35);
  EXPECT_EQ(exact_of_a_hundred("index: FLAT\n"), 100);
  EXPECT_EQ(exact_of_a_hundred("index: HNSW\n"), 0);
}

TEST(Plan, EveryWordIsInsertedOnceAndFirst) {
  Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  scenario.calls_per_client = 100;
  const Plan plan = make_plan(scenario, words_of(50), 1);
  std::map<std::uint32_t, std::int64_t> newest;
  for (const auto& client : plan.clients) {
    for (const ClientOp& op : client) {
      if (op.kind == OpKind::query || op.collection != 0) continue;
      for (const PlannedRow& row : op.rows) {
        EXPECT_EQ(op.kind == OpKind::insert, !newest.contains(row.word));
        EXPECT_LT(newest[row.word], row.version);
        newest[row.word] = row.version;
      }
    }
  }
  EXPECT_EQ(newest.size(), plan.words.size());
}

TEST(Plan, HalfOfTheSeedsKeepOneMachineOfEachRoleInTheEnd) {
  const Scenario scenario = parse_scenario(kSmall, "small.yaml").value();
  const Words words = words_of(50);
  int cores = 0;
  std::set<std::string> ever;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Plan plan = make_plan(scenario, words, seed);
    if (plan.lost.empty()) continue;
    ++cores;
    ever.insert(plan.lost.begin(), plan.lost.end());
    EXPECT_EQ(plan.lost.size(), node_names(plan.topology).size() - 5);
    EXPECT_TRUE(check_plan(plan, "seed " + std::to_string(seed), 50).ok());
  }
  EXPECT_GT(cores, 30);
  EXPECT_LT(cores, 70);
  EXPECT_EQ(ever.size(), node_names(scenario.topology).size());  // each is lost in some seed
}

TEST(Plan, WhatAScenarioIsAboutIsInEachOfItsSeedsThatHaveFaults) {
  const auto seeds_with = [](const std::string& kind, const std::string& more) {
    const Scenario scenario = parse_scenario(
                                  "name: x\nwords: [30, 40]\nfaults: [60, 60]\n"
                                  "fault_kinds: [pause, process_kill]\n" +
                                      more,
                                  "s.yaml")
                                  .value();
    const auto is_it = [&](const faults::Fault& fault) { return fault.kind == kind; };
    const Words words = words_of(50);
    int with_any = 0;
    int with_kind = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const Plan plan = make_plan(scenario, words, seed);
      with_any += plan.faults.empty() ? 0 : 1;
      with_kind += std::ranges::any_of(plan.faults, is_it) ? 1 : 0;
    }
    return std::pair(with_kind, with_any);
  };
  const auto [always, any] = seeds_with("pause", "always: [pause]\n");
  EXPECT_EQ(always, any);
  EXPECT_LT(any, 100);
  const auto [sometimes, others] = seeds_with("pause", "");
  EXPECT_LT(sometimes, others);
}

TEST(Scenario, SaysWhatIsWrongAndWhere) {
  const auto message = [](std::string yaml) {
    const auto scenario = parse_scenario(yaml, "s.yaml");
    return scenario ? std::string("no error") : scenario.error().message();
  };
  EXPECT_EQ(message(std::string(kSmall) + "colour: blue\n"), "s.yaml:7: unknown key 'colour'");
  EXPECT_EQ(message("name: x\nwords: [1, 2]\nfault_kinds:\n  - gremlin\n"),
            "s.yaml:4: unknown fault kind 'gremlin'");
  EXPECT_EQ(message("words: [1, 2]\n"), "s.yaml: 'name' and 'words: [low, high]' are needed");
  EXPECT_NE(message("name: [x\n").find("s.yaml:"), std::string::npos);
  EXPECT_NE(message("name: x\nwords: [3, 2]\n").find("must be [low, high]"), std::string::npos);
}

TEST(Scenario, AStandaloneIsOneMachineWithoutServices) {
  const std::string alone = "name: x\nwords: [1, 2]\nmachines: {standalone: 1, channels: 4}\n";
  const Scenario scenario = parse_scenario(alone + "fault_kinds: [disk_full]\n", "s.yaml").value();
  EXPECT_EQ(node_names(scenario.topology), std::vector<std::string>{"standalone-1"});
  EXPECT_EQ(machine_count(scenario.topology), 1u);
  EXPECT_EQ(scenario.topology.channels, 4u);

  const auto message = [](const std::string& yaml) {
    const auto scenario = parse_scenario(yaml, "s.yaml");
    return scenario ? std::string("no error") : scenario.error().message();
  };
  EXPECT_EQ(message(alone + "fault_kinds: [wal_reset]\n"),
            "s.yaml:4: fault kind 'wal_reset' strikes a service, and a standalone has none");
  EXPECT_EQ(message("name: x\nwords: [1, 2]\nmachines: {standalone: 1, data: 2}\n"),
            "s.yaml:3: 'data' goes with no standalone, which is one machine with every role");
  EXPECT_EQ(message("name: x\nwords: [1, 2]\nmachines: {standalone: 2}\n"),
            "s.yaml:3: 'standalone' must be 1");
}

TEST(Scenario, WhatIsAskedOfItIsChecked) {
  const std::string begin = "name: x\nwords: [1, 2]\n";
  const Scenario scenario =
      parse_scenario(begin + "least: {calls: 7, search: 2}\nmarks: {sealed: 50}\n", "s.yaml")
          .value();
  EXPECT_EQ(scenario.least.at("search"), 2u);
  EXPECT_EQ(scenario.marks.at("sealed"), 50u);

  const auto message = [&](const std::string& yaml) {
    const auto scenario = parse_scenario(begin + yaml, "s.yaml");
    return scenario ? std::string("no error") : scenario.error().message();
  };
  EXPECT_EQ(message("least: {songs: 1}\n"), "s.yaml:3: 'least' knows no calls named 'songs'");
  EXPECT_EQ(message("marks: {glued: 1}\n"), "s.yaml:3: unknown mark 'glued'");
  EXPECT_EQ(message("marks: {sealed: 101}\n"),
            "s.yaml:3: 'sealed' must be a percentage of the seeds");
}

TEST(Words, DamagedFilesAreErrors) {
  Bytes fvecs(8, '\0');
  const std::int32_t dimension = 1;
  std::memcpy(fvecs.data(), &dimension, sizeof dimension);
  EXPECT_TRUE(read_words(fvecs, "a\n").has_value());
  EXPECT_EQ(read_words(BytesView(fvecs).substr(0, 7), "a\n").error().code(), Code::data_loss);
  EXPECT_EQ(read_words(fvecs, "a\nb\n").error().code(), Code::data_loss);
  EXPECT_EQ(read_words("", "").error().code(), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::scenarios
