// Settings: what a person may choose about a component, each declared once.
//
// A room declares its settings as constants and lists them; the composition root gathers the lists
// into a SettingsTable, loads values over the defaults (runtime/settings_load.h) and hands out
// immutable Settings. There is no registry that declarations enter by themselves.
//
//   inline constexpr DurationSetting kFlushInterval({
//       .name = "streaming.flush_interval",
//       .initial = 10s, .low = 10ms, .high = 1h,
//       .sentence = "How long rows stay only in memory and the log.",
//       .swarm = swarm_between(50ms, 5s)});
//   inline constexpr std::array kSettings = {declared(kFlushInterval), ...};
//   ...
//   const Duration interval = settings.get(kFlushInterval);
//
// A declaration that contradicts itself (a default out of its range, a name that is not
// "section.snake_case") does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/status.h"
#include "runtime/time.h"

namespace eyrie {

enum class SettingType : std::uint8_t { boolean, integer, duration, bytes, text, choice };
std::string_view name_of(SettingType type);

// Some of what a declaration lists; in place, so that declarations are constants.
template <class T>
class ShortList {
 public:
  static constexpr std::size_t kMax = 12;

  constexpr ShortList() = default;
  // More than kMax items do not compile.
  constexpr ShortList(std::initializer_list<T> items) {
    for (const T& item : items) items_.at(size_++) = item;
  }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::size_t size() const { return size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr const T& operator[](std::size_t i) const { return items_.at(i); }
  constexpr bool contains(const T& item) const {
    for (const T& mine : *this) {
      if (mine == item) return true;
    }
    return false;
  }

 private:
  std::array<T, kMax> items_{};
  std::size_t size_ = 0;
};

// What the simulator draws for a run instead of the default: one of the numbers or texts, or any
// number from low to high. Empty: it always takes the default.
struct Swarm {
  ShortList<std::int64_t> numbers = {};
  ShortList<std::string_view> texts = {};
  std::int64_t low = 0;
  std::int64_t high = -1;

  constexpr bool empty() const { return numbers.empty() && texts.empty() && low > high; }
};

// A setting without its C++ type. Numbers are 0 or 1 for booleans, nanoseconds for durations.
struct SettingDeclaration {
  std::string_view name = {};
  SettingType type = SettingType::integer;
  std::string_view unit = {};  // of an integer: "rows"
  std::int64_t initial = 0;
  std::string_view initial_text = {};
  std::int64_t low = 0;  // both included
  std::int64_t high = 0;
  ShortList<std::string_view> choices = {};
  bool reloadable = false;  // else a change needs a restart
  std::string_view sentence = {};
  Swarm swarm = {};

  constexpr bool is_text() const {
    return type == SettingType::text || type == SettingType::choice;
  }
};

namespace detail {

// Called where a declaration is wrong: not a constant, so the compiler stops there and names it.
void wrong_setting(const char* why);

consteval bool is_setting_name(std::string_view name) {
  bool dotted = false;
  char before = '.';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && before != '.');
    if (!letter && (before == '.' || before == '_')) return false;
    if (!letter && c != '.' && c != '_') return false;
    if (c == '.') dotted = true;
    before = c;
  }
  return dotted && before != '.' && before != '_';
}

consteval SettingDeclaration checked(SettingDeclaration d) {
  if (!is_setting_name(d.name)) wrong_setting("the name is not section.snake_case");
  if (d.sentence.empty() || d.sentence.back() != '.') wrong_setting("no sentence says what it is");
  if (d.type == SettingType::choice && !d.choices.contains(d.initial_text)) {
    wrong_setting("the default is not one of the choices");
  }
  if (!d.is_text() && (d.low > d.high || d.initial < d.low || d.initial > d.high)) {
    wrong_setting("the default is outside the range");
  }
  if (d.is_text() ? !d.swarm.numbers.empty() : !d.swarm.texts.empty()) {
    wrong_setting("the swarm is of another type");
  }
  for (const std::int64_t number : d.swarm.numbers) {
    if (number < d.low || number > d.high) wrong_setting("the swarm leaves the range");
  }
  for (const std::string_view text : d.swarm.texts) {
    if (d.type == SettingType::choice && !d.choices.contains(text)) {
      wrong_setting("the swarm has what is no choice");
    }
  }
  const Swarm& swarm = d.swarm;
  if (swarm.low <= swarm.high && (d.is_text() || swarm.low < d.low || swarm.high > d.high)) {
    wrong_setting("the swarm leaves the range");
  }
  return d;
}

}  // namespace detail

consteval Swarm swarm_between(std::int64_t low, std::int64_t high) {
  return {.low = low, .high = high};
}
consteval Swarm swarm_between(Duration low, Duration high) {
  return swarm_between(to_ns(low), to_ns(high));
}
consteval Swarm swarm_numbers(std::initializer_list<std::int64_t> numbers) {
  return {.numbers = numbers};
}
consteval Swarm swarm_texts(std::initializer_list<std::string_view> texts) {
  return {.texts = texts};
}
// Of a boolean: true or false.
consteval Swarm swarm_either() {
  return swarm_numbers({0, 1});
}

struct BooleanSetting : SettingDeclaration {
  using Value = bool;
  struct Spec {
    std::string_view name = {};
    bool initial = false;
    bool reloadable = false;
    std::string_view sentence = {};
    Swarm swarm = {};
  };
  consteval explicit BooleanSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::boolean,
                                            .initial = s.initial ? 1 : 0,
                                            .high = 1,
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

struct IntegerSetting : SettingDeclaration {
  using Value = std::int64_t;
  struct Spec {
    std::string_view name = {};
    std::string_view unit = {};
    std::int64_t initial = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool reloadable = false;
    std::string_view sentence = {};
    Swarm swarm = {};
  };
  consteval explicit IntegerSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::integer,
                                            .unit = s.unit,
                                            .initial = s.initial,
                                            .low = s.low,
                                            .high = s.high,
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

struct DurationSetting : SettingDeclaration {
  using Value = Duration;
  struct Spec {
    std::string_view name = {};
    Duration initial{};
    Duration low{};
    Duration high{};
    bool reloadable = false;
    std::string_view sentence = {};
    Swarm swarm = {};
  };
  consteval explicit DurationSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::duration,
                                            .initial = to_ns(s.initial),
                                            .low = to_ns(s.low),
                                            .high = to_ns(s.high),
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

struct BytesSetting : SettingDeclaration {
  using Value = std::int64_t;
  using Spec = IntegerSetting::Spec;  // without a unit
  consteval explicit BytesSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::bytes,
                                            .initial = s.initial,
                                            .low = s.low,
                                            .high = s.high,
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

struct TextSetting : SettingDeclaration {
  using Value = std::string;
  struct Spec {
    std::string_view name = {};
    std::string_view initial = {};
    bool reloadable = false;
    std::string_view sentence = {};
    Swarm swarm = {};
  };
  consteval explicit TextSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::text,
                                            .initial_text = s.initial,
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

struct ChoiceSetting : SettingDeclaration {
  using Value = std::string;
  struct Spec {
    std::string_view name = {};
    std::string_view initial = {};
    ShortList<std::string_view> choices = {};
    bool reloadable = false;
    std::string_view sentence = {};
    Swarm swarm = {};
  };
  consteval explicit ChoiceSetting(const Spec& s)
      : SettingDeclaration(detail::checked({.name = s.name,
                                            .type = SettingType::choice,
                                            .initial_text = s.initial,
                                            .choices = s.choices,
                                            .reloadable = s.reloadable,
                                            .sentence = s.sentence,
                                            .swarm = s.swarm})) {}
};

// Declarations have static storage; everything below refers to them.
using SettingRef = const SettingDeclaration*;
using SettingList = std::span<const SettingRef>;
constexpr SettingRef declared(const SettingDeclaration& declaration) {
  return &declaration;
}

using SettingValue = std::variant<std::int64_t, std::string>;

// "16MiB", "200ms", "true", "fast": a value as a person writes it, exact, in the largest unit.
std::string format_setting(const SettingDeclaration& declaration, const SettingValue& value);
// The same back; invalid_argument says what is expected. Durations and bytes need their unit.
Result<SettingValue> parse_setting(const SettingDeclaration& declaration, std::string_view text);

// The values of one moment: immutable, cheap to copy. Without a value of its own a setting has its
// default, so Settings() is all defaults.
class Settings {
 public:
  using Values = std::map<std::string, SettingValue, std::less<>>;

  Settings() = default;
  // Of valid values, by name (runtime/settings_load.h makes them).
  explicit Settings(Values values) : values_(std::make_shared<const Values>(std::move(values))) {}

  template <class Setting>
  typename Setting::Value get(const Setting& setting) const {
    const SettingValue value = value_of(setting);
    if constexpr (std::is_same_v<typename Setting::Value, std::string>) {
      return std::get<std::string>(value);
    } else if constexpr (std::is_same_v<typename Setting::Value, bool>) {
      return std::get<std::int64_t>(value) != 0;
    } else {
      return typename Setting::Value(std::get<std::int64_t>(value));
    }
  }
  SettingValue value_of(const SettingDeclaration& declaration) const;

 private:
  std::shared_ptr<const Values> values_;
};

}  // namespace eyrie
