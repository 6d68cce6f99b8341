// Plan: everything that a run does, as plain data drawn from a seed before it begins.
//
// A word is written by one client alone, so each word's writes have an order; reads are of any word
// by any client. No client draws anything while the run goes on.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "faults/fault.h"
#include "runtime/settings.h"
#include "scenarios/plan/scenario.h"
#include "scenarios/plan/upgrade.h"
#include "scenarios/plan/words.h"
#include "sim/executor.h"
#include "sim/fabric.h"

namespace eyrie::scenarios {

enum class OpKind : std::uint8_t {
  insert,
  upsert,
  remove,
  search,
  query,
  count,
  create,
  describe,
  load,
  flush,
  release,
  drop,
};
std::string_view name_of(OpKind kind);
// Milvus's numbers. Pinned (its Customized): exactly at the time of this client's last strong read.
enum class Level : std::uint8_t { strong, session, bounded, eventually, pinned };
std::string_view name_of(Level level);

// Everything that an operation can be.
inline constexpr OpKind kOpKindList[] = {OpKind::insert, OpKind::upsert,   OpKind::remove,
                                         OpKind::search, OpKind::query,    OpKind::count,
                                         OpKind::create, OpKind::describe, OpKind::load,
                                         OpKind::flush,  OpKind::release,  OpKind::drop};
inline constexpr Level kLevelList[] = {Level::strong, Level::session, Level::bounded,
                                       Level::eventually, Level::pinned};
inline constexpr std::span<const OpKind> kOpKinds(kOpKindList);
inline constexpr std::span<const Level> kLevels(kLevelList);

// A word to write or ask for, and the version that a write gives it.
struct PlannedRow {
  std::uint32_t word = 0;
  std::int64_t version = 0;
};

struct ClientOp {
  OpKind kind = OpKind::search;
  Level level = Level::strong;
  std::uint32_t collection = 0;  // 0: the words; n: side collection n, which comes and goes
  std::uint32_t proxy = 0;       // through which, counted on from the client's own
  sim::SimTime gap = 0;          // after the operation before it
  std::vector<PlannedRow> rows;
  std::uint32_t query_row = 0;  // of a search: whose vector is looked for
  std::int32_t limit = 10;
  std::int32_t ef = 64;  // of a search: the candidates that it keeps in each segment

  bool reads() const {
    return kind == OpKind::search || kind == OpKind::query || kind == OpKind::count;
  }
};

struct Plan {
  std::string scenario;
  std::uint64_t seed = 0;
  Topology topology;
  // Of every role by name, as a person writes them (nodes/settings): all of them, so that a saved
  // plan stays what it was when a default changes.
  std::map<std::string, std::string> settings;
  sim::ExecutorOptions executor;
  sim::LatencyOptions latency;
  std::int32_t shards = 2;
  IndexType index = IndexType::hnsw;  // of the words
  std::vector<std::uint32_t> words;   // rows of the data set, drawn
  std::vector<std::vector<ClientOp>> clients;
  std::vector<faults::Fault> faults;  // times from the workload's beginning
  // Machines that are lost for good when all else is healed: the others must answer without them.
  std::vector<std::string> lost;
  UpgradePlan upgrade;
};

// The settings of a plan; invalid_argument names each that is not known or not allowed.
Result<Settings> settings_of(const std::map<std::string, std::string>& written,
                             const std::string& place);

// Writes down the default of each setting that is not named, as of one that came after a plan was
// saved. True if there was any.
bool name_every_setting(std::map<std::string, std::string>& written);

Plan make_plan(const Scenario& scenario, const Words& words, std::uint64_t seed);

}  // namespace eyrie::scenarios
