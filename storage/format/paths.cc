#include "storage/format/paths.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "runtime/check.h"

namespace eyrie::storage {

namespace {

constexpr std::array kLogKinds{LogKind::insert_log, LogKind::delta_log, LogKind::stats_log,
                               LogKind::manifest};
constexpr std::string_view kIndexFolder = "index_files";

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// A positive number in its one spelling: no sign, no leading zero.
std::optional<std::int64_t> parse_id(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number <= 0 || text.front() == '0') return {};
  return number;
}

// All of the parts, or none.
std::optional<std::vector<std::int64_t>> parse_ids(const std::vector<std::string_view>& parts) {
  std::vector<std::int64_t> ids;
  for (const std::string_view part : parts) {
    const std::optional<std::int64_t> id = parse_id(part);
    if (!id) return {};
    ids.push_back(*id);
  }
  return ids;
}

bool is_file_name(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

std::unexpected<Status> foreign(std::string_view key) {
  return fail(Code::invalid_argument,
              "'" + std::string(key) + "' is not the name of a file of ours");
}

}  // namespace

std::string_view name_of(LogKind kind) {
  switch (kind) {
    case LogKind::insert_log:
      return "insert_log";
    case LogKind::delta_log:
      return "delta_log";
    case LogKind::stats_log:
      return "stats_log";
    case LogKind::manifest:
      return "manifest";
  }
  return "unknown";
}

std::string log_prefix(LogKind kind, const SegmentPlace& place) {
  return std::string(name_of(kind)) + "/" + to_string(place.collection) + "/" +
         to_string(place.partition) + "/" + to_string(place.segment) + "/";
}

std::string log_key(const LogName& name) {
  return log_prefix(name.kind, name.place) + to_string(name.log) + "." + to_string(name.attempt);
}

Result<LogName> parse_log_key(std::string_view key) {
  std::vector<std::string_view> parts = split(key, '/');
  if (parts.size() != 5) return foreign(key);
  const auto kind = std::ranges::find(kLogKinds, parts[0], [](LogKind k) { return name_of(k); });
  const std::vector<std::string_view> last = split(parts[4], '.');
  if (kind == kLogKinds.end() || last.size() != 2) return foreign(key);
  const auto ids = parse_ids({parts[1], parts[2], parts[3], last[0], last[1]});
  if (!ids) return foreign(key);
  return LogName{*kind,
                 {CollectionId((*ids)[0]), PartitionId((*ids)[1]), SegmentId((*ids)[2])},
                 LogId((*ids)[3]),
                 AttemptId((*ids)[4])};
}

std::string index_prefix(BuildId build) {
  return std::string(kIndexFolder) + "/" + to_string(build) + "/";
}

std::string index_key(const IndexFileName& name) {
  EYRIE_CHECK(is_file_name(name.file), "an index file's name: " + name.file);
  return index_prefix(name.build) + to_string(name.attempt) + "/" + to_string(name.partition) +
         "/" + to_string(name.segment) + "/" + name.file;
}

Result<IndexFileName> parse_index_key(std::string_view key) {
  const std::vector<std::string_view> parts = split(key, '/');
  if (parts.size() != 6 || parts[0] != kIndexFolder || !is_file_name(parts[5])) return foreign(key);
  const auto ids = parse_ids({parts[1], parts[2], parts[3], parts[4]});
  if (!ids) return foreign(key);
  return IndexFileName{BuildId((*ids)[0]), AttemptId((*ids)[1]), PartitionId((*ids)[2]),
                       SegmentId((*ids)[3]), std::string(parts[5])};
}

Result<AttemptId> attempt_of(std::string_view key) {
  if (const auto log = parse_log_key(key)) return log->attempt;
  EYRIE_TRY(const IndexFileName file, parse_index_key(key));
  return file.attempt;
}

std::vector<std::string> object_prefixes() {
  std::vector<std::string> prefixes;
  for (const LogKind kind : kLogKinds) prefixes.push_back(std::string(name_of(kind)) + "/");
  prefixes.push_back(std::string(kIndexFolder) + "/");
  return prefixes;
}

}  // namespace eyrie::storage
