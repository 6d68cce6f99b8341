// The names of objects, in Milvus's layout with an attempt at the end:
//
//   insert_log/{collection}/{partition}/{segment}/{log}.{attempt}
//   delta_log/{collection}/{partition}/{segment}/{log}.{attempt}
//   stats_log/{collection}/{partition}/{segment}/{log}.{attempt}
//   manifest/{collection}/{partition}/{segment}/{log}.{attempt}
//   index_files/{build}/{attempt}/{partition}/{segment}/{file}
//
// No two attempts share an id, so a name is never written twice (S6), and whoever finds an object
// can tell which attempt to ask about.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"
#include "storage/format/segment_place.h"

namespace eyrie::storage {

enum class LogKind : std::uint8_t { insert_log, delta_log, stats_log, manifest };
std::string_view name_of(LogKind kind);

struct LogName {
  LogKind kind = LogKind::insert_log;
  SegmentPlace place;
  LogId log;
  AttemptId attempt;

  friend bool operator==(const LogName&, const LogName&) = default;
};

std::string log_key(const LogName& name);
// Every log of that kind in the segment has this prefix.
std::string log_prefix(LogKind kind, const SegmentPlace& place);
// invalid_argument if the key is not one that log_key() makes.
Result<LogName> parse_log_key(std::string_view key);

struct IndexFileName {
  BuildId build;
  AttemptId attempt;
  PartitionId partition;
  SegmentId segment;
  std::string file;  // [A-Za-z0-9_-], at least one

  friend bool operator==(const IndexFileName&, const IndexFileName&) = default;
};

std::string index_key(const IndexFileName& name);
// Every file of that build, of any attempt, has this prefix.
std::string index_prefix(BuildId build);
// invalid_argument if the key is not one that index_key() makes.
Result<IndexFileName> parse_index_key(std::string_view key);

// The attempt that wrote the object, whichever of these it is; invalid_argument: it is none.
Result<AttemptId> attempt_of(std::string_view key);
// Every object of these kinds has one of these prefixes.
std::vector<std::string> object_prefixes();

}  // namespace eyrie::storage
