#include "scenarios/plan/scenario.h"

#include <algorithm>
#include <map>

#include <yaml-cpp/yaml.h>

#include "faults/fault.h"
#include "scenarios/plan/marks.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

namespace {

std::string place(const std::string& file, const YAML::Node& node) {
  return file + ":" + std::to_string(node.Mark().line + 1) + ": ";
}

// Reads one mapping; what it does not name is an error.
class Reader {
 public:
  Reader(const YAML::Node& node, std::string file) : node_(node), file_(std::move(file)) {}

  void number(const std::string& key, auto& into) {
    if (YAML::Node value = take(key)) {
      const auto parsed = value.as<std::int64_t>();
      // lint: allow-throw caught in parse_scenario, as yaml-cpp's own are
      if (parsed < 1) throw YAML::Exception(value.Mark(), "'" + key + "' must be at least 1");
      into = static_cast<std::remove_reference_t<decltype(into)>>(parsed);
    }
  }
  void text(const std::string& key, std::string& into) {
    if (YAML::Node value = take(key)) into = value.as<std::string>();
  }
  void interval(const std::string& key, Interval& into) {
    YAML::Node value = take(key);
    if (!value) return;
    into = {value[0].as<std::int64_t>(), value[1].as<std::int64_t>()};
    if (into.low > into.high || into.low < 0) {
      // lint: allow-throw caught in parse_scenario, as yaml-cpp's own are
      throw YAML::Exception(value.Mark(), "'" + key + "' must be [low, high]");
    }
  }
  YAML::Node take(const std::string& key) {
    known_[key] = true;
    return node_[key];
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
    const auto key = entry.first.as<std::string>();
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

Status read_asked(Reader& top, const std::string& file, Scenario& scenario) {
  for (const auto& entry : top.take("least")) {
    const auto key = entry.first.as<std::string>();
    const auto known = [&](OpKind kind) { return name_of(kind) == key; };
    if (key != "calls" && key != "faults" && std::ranges::none_of(kOpKinds, known)) {
      return Status(Code::invalid_argument,
                    place(file, entry.first) + "'least' knows no calls named '" + key + "'");
    }
    scenario.least[key] = entry.second.as<std::uint64_t>();
  }
  for (const auto& entry : top.take("marks")) {
    const auto name = entry.first.as<std::string>();
    if (find_mark(name) == nullptr) {
      return Status(Code::invalid_argument,
                    place(file, entry.first) + "unknown mark '" + name + "'");
    }
    scenario.marks[name] = entry.second.as<std::uint64_t>();
    if (scenario.marks[name] <= 100) continue;
    return Status(Code::invalid_argument,
                  place(file, entry.second) + "'" + name + "' must be a percentage of the seeds");
  }
  return {};
}

Result<Scenario> read(const YAML::Node& root, const std::string& file) {
  if (!root.IsMap()) return fail(Code::invalid_argument, file + ": not a mapping of keys");
  Scenario scenario;
  Reader top(root, file);
  top.text("name", scenario.name);
  top.text("about", scenario.about);
  top.interval("words", scenario.words);
  top.number("clients", scenario.clients);
  top.number("calls_per_client", scenario.calls_per_client);
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
  for (const YAML::Node& kind : top.take("fault_kinds")) {
    scenario.fault_kinds.push_back(kind.as<std::string>());
    const Status known = check_fault_kind(scenario.fault_kinds.back(), scenario.topology);
    if (!known.ok()) return fail(known.code(), place(file, kind) + known.message());
  }
  EYRIE_RETURN_IF_ERROR(read_asked(top, file, scenario));
  EYRIE_RETURN_IF_ERROR(top.finish());
  if (scenario.name.empty() || scenario.words.low < 1) {
    return fail(Code::invalid_argument, file + ": 'name' and 'words: [low, high]' are needed");
  }
  return scenario;
}

}  // namespace

Status check_fault_kind(const std::string& kind, const Topology& topology) {
  const faults::FaultKind* found = faults::find_fault_kind(kind);
  if (found == nullptr) return Status(Code::invalid_argument, "unknown fault kind '" + kind + "'");
  const bool of_any =
      found->needs == faults::Needs::machines || found->needs == faults::Needs::disk;
  if (of_any || topology.standalones == 0) return {};
  return Status(Code::invalid_argument,
                "fault kind '" + kind + "' strikes a service, and a standalone has none");
}

Result<Scenario> parse_scenario(const std::string& yaml, const std::string& file) {
  try {
    return read(YAML::Load(yaml), file);
  } catch (const YAML::Exception& error) {
    return fail(Code::invalid_argument,
                file + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
}

}  // namespace eyrie::scenarios
