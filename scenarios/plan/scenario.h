// Scenario: what a scenario file says. From it and a seed comes a plan.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"
#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// How the nearest words are found: over a graph of each segment that has one, where that is sooner
// than a scan, or by a scan of every segment.
enum class IndexType : std::uint8_t { hnsw, flat };
std::string_view name_of(IndexType type);  // as Milvus calls it

inline constexpr IndexType kIndexTypeList[] = {IndexType::hnsw, IndexType::flat};
inline constexpr std::span<const IndexType> kIndexTypes(kIndexTypeList);

struct Scenario {
  std::string name;
  std::string about;
  Topology topology;
  std::map<std::string, std::string> settings;  // that the swarm leaves alone
  Interval words;                               // drawn for each seed
  std::optional<IndexType> index;               // of the words; drawn if it is not said
  std::optional<LogKind> log;                   // of a cluster; drawn if it is not said
  bool upgrade = false;  // the cluster begins with the release before, and is upgraded meanwhile
  std::int64_t clients = 8;
  std::int64_t calls_per_client = 260;
  Interval faults;  // how many, in seeds that have any
  std::vector<std::string> fault_kinds;
  std::set<std::string> always;  // of these, those that are on in each seed that has any
  // What a campaign asks of it: of each seed at least so many calls by kind, "calls" for all and
  // "faults" for those taken in seeds that have any; each mark in so many percent of the seeds.
  std::map<std::string, std::uint64_t> least;
  std::map<std::string, std::uint64_t> marks;
};

// invalid_argument if there is no such kind, or if it needs what the topology does not have.
Status check_fault_kind(const std::string& kind, const Topology& topology);

// invalid_argument, naming the line, for a file that does not parse, an unknown key, fault kind or
// mark, and for a fault that the machines cannot have.
Result<Scenario> parse_scenario(const std::string& yaml, const std::string& file);

}  // namespace eyrie::scenarios
