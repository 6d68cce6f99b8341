#include "runtime/settings_load.h"

#include <algorithm>
#include <utility>

#include "runtime/check.h"

namespace eyrie {

namespace {

constexpr std::string_view kEnvironmentPrefix = "EYRIE_";
constexpr std::size_t kLettersPerEdit = 3;  // with more edits, a name is not a misspelling

// Levenshtein distance, one row at a time.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string range_of(const SettingDeclaration& declaration) {
  if (declaration.type == SettingType::boolean || declaration.type == SettingType::text) return "";
  std::string range;
  if (declaration.type == SettingType::choice) {
    for (const std::string_view choice : declaration.choices) {
      range += (range.empty() ? "" : ", ") + std::string(choice);
    }
    return range;
  }
  return format_setting(declaration, declaration.low) + " to " +
         format_setting(declaration, declaration.high);
}

std::string default_of(const SettingDeclaration& declaration) {
  return format_setting(declaration, Settings().value_of(declaration));
}

std::string in_table_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string type_and_unit(const SettingDeclaration& declaration) {
  std::string text(name_of(declaration.type));
  if (!declaration.unit.empty()) text += " (" + std::string(declaration.unit) + ")";
  return text;
}

}  // namespace

SettingsTable::SettingsTable(std::initializer_list<SettingList> rooms) {
  for (const SettingList room : rooms) settings_.insert(settings_.end(), room.begin(), room.end());
  std::ranges::sort(settings_, {}, &SettingDeclaration::name);
  std::map<std::string, std::string_view> variables;
  for (const SettingRef setting : settings_) {
    const auto [other, added] = variables.emplace(environment_name(*setting), setting->name);
    EYRIE_CHECK(added, std::string(setting->name) + " and " + std::string(other->second) +
                           " have the same environment variable");
  }
}

SettingRef SettingsTable::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(settings_, name, {}, &SettingDeclaration::name);
  return found != settings_.end() && (*found)->name == name ? *found : nullptr;
}

std::string_view SettingsTable::nearest(std::string_view name) const {
  std::string_view nearest;
  std::size_t edits_least = name.size() + 1;
  for (const SettingRef setting : settings_) {
    const std::string_view without_section = setting->name.substr(setting->name.find('.') + 1);
    for (const std::string_view meant : {setting->name, without_section}) {
      const std::size_t edits = edits_between(name, meant);
      if (edits >= edits_least || edits * kLettersPerEdit > meant.size()) continue;
      nearest = setting->name;
      edits_least = edits;
    }
  }
  return nearest;
}

std::string environment_name(const SettingDeclaration& declaration) {
  std::string name(kEnvironmentPrefix);
  for (const char c : declaration.name) {
    name += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::vector<SettingAssignment> read_environment(
    const SettingsTable& table, const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string_view> names;
  for (const SettingRef setting : table.all()) {
    names.emplace(environment_name(*setting), setting->name);
  }
  std::vector<SettingAssignment> assignments;
  for (const auto& [variable, value] : environment) {
    if (!variable.starts_with(kEnvironmentPrefix)) continue;
    const auto found = names.find(variable);
    const std::string name = found != names.end() ? std::string(found->second) : variable;
    assignments.push_back({name, value, "environment variable " + variable});
  }
  return assignments;
}

Result<std::vector<SettingAssignment>> read_flags(std::span<const std::string> flags) {
  std::vector<SettingAssignment> assignments;
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Code::invalid_argument, "--set takes name=value, not '" + flag + "'");
    }
    // The place has no value: that of a misspelt name may be a secret.
    const std::string name = flag.substr(0, equals);
    assignments.push_back({name, flag.substr(equals + 1), "--set " + name});
  }
  return assignments;
}

Result<Settings> load_settings(const SettingsTable& table,
                               std::span<const SettingAssignment> assignments) {
  Settings::Values values;
  std::string mistakes;
  const auto mistake = [&](const SettingAssignment& assignment, const std::string& what) {
    mistakes += (mistakes.empty() ? "" : "\n") + assignment.place + ": " + what;
  };
  for (const SettingAssignment& assignment : assignments) {
    const SettingRef setting = table.find(assignment.name);
    if (setting == nullptr) {
      // A variable is compared as the name that it would set.
      std::string name = assignment.name;
      if (name.starts_with(kEnvironmentPrefix)) name.erase(0, kEnvironmentPrefix.size());
      std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      });
      const std::string nearest(table.nearest(name));
      mistake(assignment,
              "there is no setting " + assignment.name + "; " +
                  (nearest.empty() ? "docs/settings.md lists all" : "the nearest is " + nearest));
      continue;
    }
    Result<SettingValue> value = parse_setting(*setting, assignment.text);
    if (value) {
      values.insert_or_assign(assignment.name, std::move(*value));
    } else {
      mistake(assignment, value.error().message());
    }
  }
  if (!mistakes.empty()) return fail(Code::invalid_argument, std::move(mistakes));
  return Settings(std::move(values));
}

std::string settings_help(const SettingsTable& table) {
  std::string help;
  for (const SettingRef setting : table.all()) {
    help += "  " + std::string(setting->name) + "=" + default_of(*setting);
    if (!setting->unit.empty()) help += " " + std::string(setting->unit);
    const std::string range = range_of(*setting);
    if (!range.empty()) help += "  (" + range + ")";
    if (setting->reloadable) help += "  reloadable";
    help += "\n      " + std::string(setting->sentence) + "\n";
  }
  return help;
}

std::string settings_markdown(const SettingsTable& table) {
  std::string text =
      "| Setting | Type | Default | Range | Reloadable | What it is |\n"
      "|---|---|---|---|---|---|\n";
  for (const SettingRef setting : table.all()) {
    const std::string initial = default_of(*setting);
    text += "| `" + std::string(setting->name) + "` | " + type_and_unit(*setting) + " | " +
            (initial.empty() ? "" : "`" + in_table_cell(initial) + "`") + " | " +
            in_table_cell(range_of(*setting)) + " | " + (setting->reloadable ? "yes" : "no") +
            " | " + in_table_cell(setting->sentence) + " |\n";
  }
  return text;
}

std::vector<SettingAssignment> draw_swarm(const SettingsTable& table, const Random& random) {
  std::vector<SettingAssignment> drawn;
  for (const SettingRef setting : table.all()) {
    const Swarm& swarm = setting->swarm;
    if (swarm.empty()) continue;
    Random own = random.stream(setting->name);
    SettingValue value;
    if (!swarm.texts.empty()) {
      value = std::string(swarm.texts[own.below(swarm.texts.size())]);
    } else if (!swarm.numbers.empty()) {
      value = swarm.numbers[own.below(swarm.numbers.size())];
    } else {
      value = own.between(swarm.low, swarm.high);
    }
    drawn.push_back({std::string(setting->name), format_setting(*setting, value), "swarm"});
  }
  return drawn;
}

}  // namespace eyrie
