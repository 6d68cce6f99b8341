#include "scenarios/plan/case.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "runtime/json.h"
#include "scenarios/plan/json_fields.h"

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

constexpr sim::SimTime kTimeMax = 24 * 3'600 * sim::kSecond;
constexpr NumberRange kTimes{0, kTimeMax};
constexpr NumberRange kMachines{1, 64};
constexpr NumberRange kCollections{0, 1'000};
constexpr NumberRange kNoMachines{0, 0};
constexpr NumberRange kReleases{number_of(kOldestRelease), number_of(kThisRelease)};
constexpr NumberRange kRows{0, UINT32_MAX};
constexpr NumberRange kVersions{0, INT64_MAX};
constexpr NumberRange kLimits{1, 16'384};
constexpr NumberRange kEfs{1, INT32_MAX};
constexpr NumberRange kLatencies{1, 60 * sim::kSecond};
constexpr NumberRange kTails{1, 1'000'000'000};
constexpr std::size_t kClientsMax = 1'000;
constexpr std::size_t kWordsOnALine = 16;

constexpr ClientOp kUsual;

}  // namespace

// Not in the unnamed namespace: part() finds these by their arguments.
template <class Part, class Plain>
concept PartOf = std::is_same_v<std::remove_const_t<Part>, Plain>;

template <class Fields, PartOf<Topology> Part>
void describe(Fields& fields, Part& topology) {
  fields.number_unless("standalones", topology.standalones, Topology().standalones, kMachines);
  const NumberRange nodes = topology.standalones > 0 ? kNoMachines : kMachines;
  fields.number("coordinators", topology.coordinators, nodes);
  fields.number("proxies", topology.proxies, nodes);
  fields.number("streaming", topology.streaming, nodes);
  fields.number("query", topology.query, nodes);
  fields.number("data", topology.data, nodes);
  fields.number("etcd", topology.etcd, nodes);
  fields.number("channels", topology.channels, kMachines);
  fields.choice_unless("log", topology.log, Topology().log, kLogKinds);
  fields.number("wall_skew_max", topology.wall_skew_max, kTimes);
}

template <class Fields, PartOf<sim::ExecutorOptions> Part>
void describe(Fields& fields, Part& executor) {
  fields.flag("shuffle_ready", executor.shuffle_ready);
  fields.flag("offload_reads_at_end", executor.offload_reads_at_end);
}

template <class Fields, PartOf<sim::LatencyOptions> Part>
void describe(Fields& fields, Part& latency) {
  fields.number("base_min", latency.base_min, kLatencies);
  fields.number("base_max", latency.base_max, kLatencies);
  fields.number("tail_max", latency.tail_max, kLatencies);
  fields.number("tail_one_in", latency.tail_one_in, kTails);
  fields.number("nanoseconds_per_byte", latency.nanoseconds_per_byte, kTails);
}

template <class Fields, PartOf<faults::Fault> Part>
void describe(Fields& fields, Part& fault) {
  fields.text("kind", fault.kind);
  fields.big("target", fault.target);
  fields.big("peer", fault.peer);
  fields.number("at", fault.at, kTimes);
  fields.number("duration", fault.duration, kTimes);
}

template <class Fields, PartOf<UpgradeStep> Part>
void describe(Fields& fields, Part& step) {
  fields.choice("do", step.action, kUpgradeActions);
  fields.number("at", step.at, kTimes);
  fields.number_unless("machine", step.machine, UpgradeStep().machine, kRows);
  fields.number_unless("release", step.release, UpgradeStep().release, kReleases);
  fields.number_unless("down", step.down, UpgradeStep().down, kTimes);
}

// All but its rows.
template <class Fields, PartOf<ClientOp> Part>
void describe(Fields& fields, Part& op) {
  fields.choice("do", op.kind, kOpKinds);
  fields.number("gap", op.gap, kTimes);
  fields.choice_unless("level", op.level, kUsual.level, kLevels);
  fields.number_unless("collection", op.collection, kUsual.collection, kCollections);
  fields.number_unless("proxy", op.proxy, kUsual.proxy, kCollections);
  fields.number_unless("query_row", op.query_row, kUsual.query_row, kRows);
  fields.number_unless("limit", op.limit, kUsual.limit, kLimits);
  fields.number_unless("ef", op.ef, kUsual.ef, kEfs);
}

// What is not a list.
template <class Fields, PartOf<Plan> Part>
void describe(Fields& fields, Part& plan) {
  fields.text("scenario", plan.scenario);
  fields.big("seed", plan.seed);
  fields.part("topology", plan.topology);
  fields.texts("settings", plan.settings);
  fields.part("executor", plan.executor);
  fields.part("latency", plan.latency);
  fields.number("shards", plan.shards, kMachines);
  fields.choice_unless("index", plan.index, Plan().index, kIndexTypes);
}

namespace {

template <class Part>
json::object object_of(const Part& part) {
  json::object object;
  JsonWriter writer(object);
  describe(writer, part);
  return object;
}

json::object object_of_op(const ClientOp& op) {
  json::object object = object_of(op);
  json::array rows;
  for (const PlannedRow& row : op.rows) {
    if (row.version == 0) {
      rows.emplace_back(row.word);
    } else {
      rows.emplace_back(json::array{row.word, row.version});
    }
  }
  if (!rows.empty()) object["rows"] = std::move(rows);
  return object;
}

// One a line, so that a case can be read, compared and shortened.
template <class Elements, class ToObject>
std::string lines_of(const Elements& elements, const std::string& indent, ToObject to_object) {
  std::string out = "[";
  const char* separator = "\n";
  for (const auto& element : elements) {
    out += separator + indent + json::serialize(to_object(element));
    separator = ",\n";
  }
  return out + "]";
}

std::string words_of(const std::vector<std::uint32_t>& words) {
  std::string out = "[";
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += i == 0 ? "" : i % kWordsOnALine == 0 ? ",\n  " : ", ";
    out += std::to_string(words[i]);
  }
  return out + "]";
}

Result<PlannedRow> row_of(const json::value& value, const std::string& where) {
  PlannedRow row;
  const json::array* pair = value.if_array();
  if (pair != nullptr && pair->size() != 2) {
    return fail(Code::invalid_argument, where + ": a row must be a word or [word, version]");
  }
  EYRIE_TRY(const std::int64_t word,
            integer_of(pair != nullptr ? (*pair)[0] : value, where + ": a row's word", kRows));
  row.word = static_cast<std::uint32_t>(word);
  if (pair == nullptr) return row;
  EYRIE_TRY(row.version, integer_of((*pair)[1], where + ": a row's version", kVersions));
  return row;
}

Status read_op(const json::value& value, const std::string& where, ClientOp& op) {
  JsonReader reader(value, where);
  describe(reader, op);
  reader.each_if_any("rows", [&](const json::value& element, std::size_t) -> Status {
    EYRIE_TRY(const PlannedRow row, row_of(element, where));
    op.rows.push_back(row);
    return {};
  });
  return reader.finish();
}

Status read_client(const json::value& value, const std::string& where, std::vector<ClientOp>& ops) {
  const json::array* elements = value.if_array();
  if (elements == nullptr) {
    return Status(Code::invalid_argument, where + ": must be an array of operations");
  }
  for (const json::value& element : *elements) {
    const std::string place = where + ": operation " + std::to_string(ops.size());
    EYRIE_RETURN_IF_ERROR(read_op(element, place, ops.emplace_back()));
  }
  return {};
}

void read_names(JsonReader& reader, const std::string& file, const char* called,
                std::vector<std::string>& names) {
  reader.each_if_any(called, [&](const json::value& element, std::size_t i) -> Status {
    const json::string* name = element.if_string();
    if (name == nullptr) {
      return Status(Code::invalid_argument,
                    fmt::format("{}: {} {}: must be a name", file, called, i));
    }
    names.emplace_back(*name);
    return {};
  });
}

void read_lists(JsonReader& reader, const std::string& file, Plan& plan) {
  read_names(reader, file, "lost", plan.lost);
  read_names(reader, file, "old_at_first", plan.upgrade.old_at_first);
  reader.each_if_any("upgrade", [&](const json::value& element, std::size_t i) {
    JsonReader step(element, fmt::format("{}: upgrade {}", file, i));
    describe(step, plan.upgrade.steps.emplace_back());
    return step.finish();
  });
  reader.each("words", [&](const json::value& element, std::size_t) -> Status {
    EYRIE_TRY(const std::int64_t word, integer_of(element, file + ": a word", kRows));
    plan.words.push_back(static_cast<std::uint32_t>(word));
    return {};
  });
  reader.each("clients", [&](const json::value& element, std::size_t i) {
    return read_client(element, file + ": client " + std::to_string(i),
                       plan.clients.emplace_back());
  });
  reader.each("faults", [&](const json::value& element, std::size_t i) {
    JsonReader fault(element, file + ": fault " + std::to_string(i));
    describe(fault, plan.faults.emplace_back());
    return fault.finish();
  });
}

bool writes(OpKind kind) {
  return kind == OpKind::insert || kind == OpKind::upsert || kind == OpKind::remove;
}

Status check_op(const ClientOp& op, const std::string& where, std::size_t rows) {
  const auto wrong = [&](const std::string& what) {
    return Status(Code::invalid_argument, where + ": " + what);
  };
  if (op.query_row >= rows) {
    return wrong(
        fmt::format("query_row {} is none of the {} words of the data", op.query_row, rows));
  }
  for (const PlannedRow& row : op.rows) {
    if (row.word >= rows) {
      return wrong(fmt::format("word {} is none of the {} words of the data", row.word, rows));
    }
  }
  if (op.rows.empty() && (writes(op.kind) || op.kind == OpKind::query)) {
    return wrong(std::string(name_of(op.kind)) + " must name a word in 'rows'");
  }
  return {};
}

// A core is left: of each role at least one machine.
Status check_lost(const Plan& plan, const std::string& where) {
  std::set<std::string> lost(plan.lost.begin(), plan.lost.end());
  for (const std::vector<std::string>& peers : nodes_by_role(plan.topology)) {
    std::size_t left = peers.size();
    for (const std::string& name : peers) left -= lost.erase(name);
    if (left == 0 && !peers.empty()) {
      return Status(
          Code::invalid_argument,
          fmt::format("{}: lost: nobody is left of {} and its peers", where, peers.front()));
    }
  }
  if (lost.empty()) return {};
  return Status(
      Code::invalid_argument,
      fmt::format("{}: lost: there is no machine '{}' of the database", where, *lost.begin()));
}

Status check_upgrade(const Plan& plan, const std::string& where) {
  const UpgradePlan& upgrade = plan.upgrade;
  const std::vector<std::string> nodes = node_names(plan.topology);
  for (const std::string& name : upgrade.old_at_first) {
    if (std::ranges::find(nodes, name) != nodes.end()) continue;
    return Status(
        Code::invalid_argument,
        fmt::format("{}: old_at_first: there is no machine '{}' of the database", where, name));
  }
  const bool any = !upgrade.old_at_first.empty() || !upgrade.steps.empty();
  if (!any || plan.topology.standalones == 0) return {};
  return Status(Code::invalid_argument,
                fmt::format("{}: upgrade: it goes with no standalone", where));
}

}  // namespace

std::string to_json(const Case& saved) {
  const auto text = [](const std::string& value) { return json::serialize(json::string(value)); };
  std::string out = fmt::format(
      "{{\n\"format\": {},\n\"source\": {},\n\"verdict\": {},\n\"property\": {},\n"
      "{}\"trace_hash\": \"{}\",\n",
      kCaseFormat, text(saved.source), text(saved.verdict), text(saved.property),
      saved.bug.empty() ? "" : "\"bug\": " + text(saved.bug) + ",\n", to_hash(saved.trace_hash));
  for (const auto& member : object_of(saved.plan)) {
    out += text(std::string(member.key())) + ": " + json::serialize(member.value()) + ",\n";
  }
  if (!saved.plan.lost.empty()) {
    out += "\"lost\": " + json::serialize(json::value_from(saved.plan.lost)) + ",\n";
  }
  if (!saved.plan.upgrade.old_at_first.empty()) {
    out +=
        "\"old_at_first\": " + json::serialize(json::value_from(saved.plan.upgrade.old_at_first)) +
        ",\n";
  }
  if (!saved.plan.upgrade.steps.empty()) {
    out +=
        "\"upgrade\": " + lines_of(saved.plan.upgrade.steps, " ", object_of<UpgradeStep>) + ",\n";
  }
  out += "\"words\": " + words_of(saved.plan.words) + ",\n\"clients\": [";
  const char* separator = "\n ";
  for (const std::vector<ClientOp>& ops : saved.plan.clients) {
    out += separator + lines_of(ops, "  ", object_of_op);
    separator = ",\n ";
  }
  out += "],\n\"faults\": " + lines_of(saved.plan.faults, " ", object_of<faults::Fault>);
  return out + "\n}\n";
}

Result<Case> read_case(std::string_view text, const std::string& file, std::size_t rows) {
  EYRIE_TRY(const json::value root, parse_json(text, file));
  JsonReader reader(root, file);
  std::int64_t format = 0;
  reader.number("format", format, {INT64_MIN, INT64_MAX});
  if (format != kCaseFormat) {
    reader.fail_with(
        fmt::format("case format {}; this program reads format {}", format, kCaseFormat));
  }
  Case saved;
  std::string hash;
  reader.text("source", saved.source);
  reader.text("verdict", saved.verdict);
  reader.text("property", saved.property);
  reader.text_unless_empty("bug", saved.bug);
  reader.text("trace_hash", hash);
  describe(reader, saved.plan);
  read_lists(reader, file, saved.plan);
  EYRIE_RETURN_IF_ERROR(reader.finish());
  EYRIE_TRY(saved.trace_hash, hash_of(hash, file + ": 'trace_hash'"));
  EYRIE_RETURN_IF_ERROR(check_plan(saved.plan, file, rows));
  return saved;
}

Status check_plan(const Plan& plan, const std::string& where, std::size_t rows) {
  const auto wrong = [&](const std::string& what) {
    return Status(Code::invalid_argument, where + ": " + what);
  };
  if (const auto known = settings_of(plan.settings, where); !known) return known.error();
  if (plan.latency.base_min > plan.latency.base_max) {
    return wrong("latency: base_min is greater than base_max");
  }
  EYRIE_RETURN_IF_ERROR(check_lost(plan, where));
  EYRIE_RETURN_IF_ERROR(check_upgrade(plan, where));
  if (plan.clients.size() > kClientsMax) {
    return wrong(fmt::format("{} clients; at most {}", plan.clients.size(), kClientsMax));
  }
  for (const std::uint32_t word : plan.words) {
    if (word >= rows) {
      return wrong(fmt::format("word {} is none of the {} words of the data", word, rows));
    }
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> writers;  // collection, word
  for (std::size_t client = 0; client < plan.clients.size(); ++client) {
    for (std::size_t i = 0; i < plan.clients[client].size(); ++i) {
      const ClientOp& op = plan.clients[client][i];
      EYRIE_RETURN_IF_ERROR(
          check_op(op, fmt::format("{}: client {}: operation {}", where, client, i), rows));
      if (!writes(op.kind)) continue;
      for (const PlannedRow& row : op.rows) {
        const std::size_t writer =
            writers.emplace(std::pair(op.collection, row.word), client).first->second;
        if (writer == client) continue;
        return wrong(
            fmt::format("word {} is written by the clients {} and {}; a word has one "
                        "writer",
                        row.word, writer, client));
      }
    }
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    if (Status known = check_fault_kind(plan.faults[i].kind, plan.topology); !known.ok()) {
      return wrong(fmt::format("fault {}: {}", i, known.message()));
    }
  }
  return {};
}

}  // namespace eyrie::scenarios
