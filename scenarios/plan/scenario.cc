#include "scenarios/plan/scenario.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "faults/fault.h"
#include "nodes/settings/all.h"
#include "scenarios/plan/marks.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

namespace {

constexpr Interval kMachines{1, 64};  // of one role
constexpr Interval kClients{1, 1'000};
constexpr Interval kCalls{1, 1'000'000};
constexpr Interval kWords{1, UINT32_MAX};
constexpr Interval kFaults{0, 1'000'000};
constexpr Interval kCounts{0, INT64_MAX};

std::string place(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file + ": " : file + ":" + std::to_string(mark.line + 1) + ": ";
}

std::string place(const std::string& file, const YAML::Node& node) {
  return place(file, node.Mark());
}

[[noreturn]] void refuse(const YAML::Node& node, const std::string& why) {
  // lint: allow-throw caught in parse_scenario, as yaml-cpp's own are
  throw YAML::Exception(node.Mark(), why);
}

std::string text_of(const YAML::Node& value, const std::string& called) {
  if (!value.IsScalar() || value.Scalar().empty()) refuse(value, called + " must be a text");
  return value.Scalar();
}

std::int64_t number_of(const YAML::Node& value, const std::string& called, Interval allowed) {
  const std::string text = value.IsScalar() ? value.Scalar() : std::string();
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const bool whole = error == std::errc() && rest == end;
  if (whole && number >= allowed.low && number <= allowed.high) return number;
  refuse(value, called + " must be a whole number from " + std::to_string(allowed.low) + " to " +
                    std::to_string(allowed.high) + (text.empty() ? "" : ", not '" + text + "'"));
}

// Reads one mapping; what it does not name is an error.
class Reader {
 public:
  Reader(const YAML::Node& node, std::string file) : node_(node), file_(std::move(file)) {
    if (!node_.IsMap()) refuse(node_, "there must be keys with values here");
    std::set<std::string> keys;
    for (const auto& entry : node_) {
      const std::string key = text_of(entry.first, "a key");
      if (!keys.insert(key).second) refuse(entry.first, "'" + key + "' is there twice");
      if (entry.second.IsNull()) refuse(entry.first, "'" + key + "' has no value");
    }
  }

  void number(const std::string& key, auto& into, Interval allowed = kMachines) {
    if (const YAML::Node value = take(key)) {
      into = static_cast<std::remove_reference_t<decltype(into)>>(
          number_of(value, "'" + key + "'", allowed));
    }
  }
  void text(const std::string& key, std::string& into) {
    if (const YAML::Node value = take(key)) into = text_of(value, "'" + key + "'");
  }
  void interval(const std::string& key, Interval& into, Interval allowed = kFaults) {
    const YAML::Node value = take(key);
    if (!value) return;
    const std::string called = "'" + key + "'";
    if (!value.IsSequence() || value.size() != 2) refuse(value, called + " must be [low, high]");
    into = {number_of(value[0], called, allowed), number_of(value[1], called, allowed)};
    if (into.low > into.high) refuse(value, called + " must be [low, high], the low one first");
  }
  // Nothing to go through if it is absent.
  YAML::Node list(const std::string& key) {
    const YAML::Node value = take(key);
    if (value && !value.IsSequence()) refuse(value, "'" + key + "' must be a list");
    return value;
  }
  YAML::Node map(const std::string& key) {
    const YAML::Node value = take(key);
    if (value && !value.IsMap()) refuse(value, "'" + key + "' must be keys with values");
    return value;
  }
  YAML::Node take(const std::string& key) {
    known_[key] = true;
    return std::as_const(node_)[key];  // the other operator[] would make the key
  }
  Status finish() const {
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>();
      if (known_.contains(key)) continue;
      return Status(Code::invalid_argument,
                    place(file_, entry.first) + "unknown key '" + key + "'");
    }
    return {};
  }

 private:
  YAML::Node node_;
  std::string file_;
  std::map<std::string, bool> known_;
};

// Every role is in a standalone; only its channels are chosen.
Status only_standalone(const YAML::Node& machines, const std::string& file) {
  for (const auto& entry : machines) {
    const std::string& key = entry.first.Scalar();
    if (key == "standalone" ? entry.second.as<std::int64_t>() == 1 : key == "channels") continue;
    return Status(Code::invalid_argument,
                  place(file, entry.first) + (key == "standalone"
                                                  ? "'standalone' must be 1"
                                                  : "'" + key +
                                                        "' goes with no standalone, which is one "
                                                        "machine with every role"));
  }
  return {};
}

Status read_fault_kinds(Reader& top, const std::string& file, Scenario& scenario) {
  for (const YAML::Node& kind : top.list("fault_kinds")) {
    scenario.fault_kinds.push_back(text_of(kind, "a fault kind"));
    Status known = check_fault_kind(scenario.fault_kinds.back(), scenario.topology);
    if (!known.ok()) return Status(known.code(), place(file, kind) + known.message());
  }
  for (const YAML::Node& kind : top.list("always")) {
    const std::string name = text_of(kind, "a fault kind");
    if (std::ranges::find(scenario.fault_kinds, name) == scenario.fault_kinds.end()) {
      return Status(Code::invalid_argument,
                    place(file, kind) + "'always' has '" + name + "', 'fault_kinds' has not");
    }
    scenario.always.insert(name);
  }
  return {};
}

Status read_asked(Reader& top, const std::string& file, Scenario& scenario) {
  for (const auto& entry : top.map("least")) {
    const std::string key = text_of(entry.first, "a key");
    const auto known = [&](OpKind kind) { return name_of(kind) == key; };
    if (key != "calls" && key != "faults" && std::ranges::none_of(kOpKinds, known)) {
      return Status(Code::invalid_argument,
                    place(file, entry.first) + "'least' knows no calls named '" + key + "'");
    }
    scenario.least[key] =
        static_cast<std::uint64_t>(number_of(entry.second, "'" + key + "'", kCounts));
  }
  for (const auto& entry : top.map("marks")) {
    const std::string name = text_of(entry.first, "a mark");
    if (find_mark(name) == nullptr) {
      return Status(Code::invalid_argument,
                    place(file, entry.first) + "unknown mark '" + name + "'");
    }
    scenario.marks[name] =
        static_cast<std::uint64_t>(number_of(entry.second, "'" + name + "'", kCounts));
    if (scenario.marks[name] <= 100) continue;
    return Status(Code::invalid_argument,
                  place(file, entry.second) + "'" + name + "' must be a percentage of the seeds");
  }
  return {};
}

// One of the kinds, or not said.
template <class Kind>
std::optional<Kind> read_choice(Reader& top, const std::string& key, std::span<const Kind> kinds) {
  const YAML::Node value = top.take(key);
  if (!value) return std::nullopt;
  const std::string said = text_of(value, "'" + key + "'");
  std::string names;
  for (const Kind kind : kinds) {
    if (name_of(kind) == said) return kind;
    names += (names.empty() ? "" : " or ") + std::string(name_of(kind));
  }
  refuse(value, "'" + key + "' must be " + names + ", not '" + said + "'");
}

Status read_settings(Reader& top, const std::string& file, Scenario& scenario) {
  std::vector<SettingAssignment> assignments;
  for (const auto& entry : top.map("settings")) {
    const std::string name = text_of(entry.first, "a setting");
    const std::string text = text_of(entry.second, "'" + name + "'");
    if (!scenario.settings.emplace(name, text).second) {
      refuse(entry.first, "'" + name + "' is there twice");
    }
    std::string where = place(file, entry.first);
    assignments.push_back({name, text, where.substr(0, where.size() - 2)});  // without ": "
  }
  Status loaded = status_of(settings::load(assignments));
  // What does not go together is of no line alone.
  if (loaded.ok() || loaded.message().starts_with(file)) return loaded;
  return Status(loaded.code(), place(file, top.take("settings")) + loaded.message());
}

bool read_upgrade(Reader& top) {
  const YAML::Node value = top.take("upgrade");
  if (!value) return false;
  const std::string said = text_of(value, "'upgrade'");
  if (said != "rolling") refuse(value, "'upgrade' must be rolling, not '" + said + "'");
  return true;
}

Result<Scenario> read(const YAML::Node& root, const std::string& file) {
  if (!root.IsMap()) return fail(Code::invalid_argument, file + ": not a mapping of keys");
  Scenario scenario;
  Reader top(root, file);
  top.text("name", scenario.name);
  top.text("about", scenario.about);
  top.interval("words", scenario.words, kWords);
  scenario.index = read_choice(top, "index", kIndexTypes);
  scenario.log = read_choice(top, "log", kLogKinds);
  scenario.upgrade = read_upgrade(top);
  top.number("clients", scenario.clients, kClients);
  top.number("calls_per_client", scenario.calls_per_client, kCalls);
  top.interval("faults", scenario.faults);
  if (const YAML::Node machines = top.take("machines")) {
    Reader reader(machines, file);
    reader.number("standalone", scenario.topology.standalones);
    if (scenario.topology.standalones > 0) {
      EYRIE_RETURN_IF_ERROR(only_standalone(machines, file));
      scenario.topology = standalone_of(scenario.topology);
    }
    reader.number("coordinators", scenario.topology.coordinators);
    reader.number("proxies", scenario.topology.proxies);
    reader.number("streaming", scenario.topology.streaming);
    reader.number("query", scenario.topology.query);
    reader.number("data", scenario.topology.data);
    reader.number("etcd", scenario.topology.etcd);
    reader.number("channels", scenario.topology.channels);
    EYRIE_RETURN_IF_ERROR(reader.finish());
  }
  EYRIE_RETURN_IF_ERROR(read_fault_kinds(top, file, scenario));
  EYRIE_RETURN_IF_ERROR(read_settings(top, file, scenario));
  EYRIE_RETURN_IF_ERROR(read_asked(top, file, scenario));
  EYRIE_RETURN_IF_ERROR(top.finish());
  if (scenario.upgrade && scenario.topology.standalones > 0) {
    return fail(Code::invalid_argument,
                file + ": 'upgrade' goes with no standalone, which has one node");
  }
  if (scenario.name.empty() || scenario.words.low < 1) {
    return fail(Code::invalid_argument, file + ": 'name' and 'words: [low, high]' are needed");
  }
  return scenario;
}

}  // namespace

std::string_view name_of(IndexType type) {
  switch (type) {
    case IndexType::hnsw:
      return "HNSW";
    case IndexType::flat:
      return "FLAT";
  }
  return "HNSW";
}

Status check_fault_kind(const std::string& kind, const Topology& topology) {
  const faults::FaultKind* found = faults::find_fault_kind(kind);
  if (found == nullptr) return Status(Code::invalid_argument, "unknown fault kind '" + kind + "'");
  const bool of_any =
      found->needs == faults::Needs::machines || found->needs == faults::Needs::disk;
  if (found->needs == faults::Needs::wal && topology.log != LogKind::service) {
    return Status(Code::invalid_argument, "fault kind '" + kind +
                                              "' strikes the log service, and the zero-disk log "
                                              "has none");
  }
  if (of_any || topology.standalones == 0) return {};
  return Status(Code::invalid_argument,
                "fault kind '" + kind + "' strikes a service, and a standalone has none");
}

Result<Scenario> parse_scenario(const std::string& yaml, const std::string& file) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(yaml);
    if (documents.size() == 1) return read(documents.front(), file);
    return fail(Code::invalid_argument,
                file + (documents.empty() ? ": there is nothing in it"
                                          : ": a scenario is one document of YAML"));
  } catch (const YAML::Exception& error) {
    return fail(Code::invalid_argument, place(file, error.mark) + error.msg);
  }
}

}  // namespace eyrie::scenarios
