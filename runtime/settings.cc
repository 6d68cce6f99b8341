#include "runtime/settings.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace eyrie {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

// Largest first.
constexpr std::array<Unit, 6> kDurationUnits = {{{"h", 3'600'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"ms", 1'000'000},
                                                 {"us", 1'000},
                                                 {"ns", 1}}};
constexpr std::array<Unit, 5> kBytesUnits = {{{"TiB", std::int64_t{1} << 40},
                                              {"GiB", std::int64_t{1} << 30},
                                              {"MiB", std::int64_t{1} << 20},
                                              {"KiB", std::int64_t{1} << 10},
                                              {"B", 1}}};

std::string format_number(std::int64_t number, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.size == 0) {
      return std::to_string(number / unit.size) + std::string(unit.name);
    }
  }
  return "0" + std::string(units.size() == kBytesUnits.size() ? "B" : "s");
}

Status expected(const SettingDeclaration& declaration, std::string_view text,
                std::string_view what) {
  return Status(Code::invalid_argument, std::string(declaration.name) + " is '" +
                                            std::string(text) + "', which is not " +
                                            std::string(what));
}

// A whole number at the beginning of `text`, which is cut off.
bool take_number(std::string_view& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool parse_number(std::string_view text, std::span<const Unit> units, std::int64_t& number) {
  if (!take_number(text, number)) return false;
  for (const Unit& unit : units) {
    if (unit.name == text) return !__builtin_mul_overflow(number, unit.size, &number);
  }
  return false;
}

Result<SettingValue> parse_text(const SettingDeclaration& declaration, std::string_view text) {
  if (declaration.type == SettingType::choice && !declaration.choices.contains(text)) {
    std::string choices;
    for (const std::string_view choice : declaration.choices) {
      choices += (choices.empty() ? "" : ", ") + std::string(choice);
    }
    return fail(expected(declaration, text, "one of " + choices));
  }
  return SettingValue(std::string(text));
}

}  // namespace

std::string_view name_of(SettingType type) {
  switch (type) {
    case SettingType::boolean:
      return "boolean";
    case SettingType::integer:
      return "integer";
    case SettingType::duration:
      return "duration";
    case SettingType::bytes:
      return "bytes";
    case SettingType::text:
      return "text";
    case SettingType::choice:
      return "choice";
  }
  return "text";
}

std::string format_setting(const SettingDeclaration& declaration, const SettingValue& value) {
  if (declaration.is_text()) return std::get<std::string>(value);
  const std::int64_t number = std::get<std::int64_t>(value);
  switch (declaration.type) {
    case SettingType::boolean:
      return number != 0 ? "true" : "false";
    case SettingType::duration:
      return format_number(number, kDurationUnits);
    case SettingType::bytes:
      return format_number(number, kBytesUnits);
    default:
      return std::to_string(number);
  }
}

Result<SettingValue> parse_setting(const SettingDeclaration& declaration, std::string_view text) {
  if (declaration.is_text()) return parse_text(declaration, text);
  std::int64_t number = 0;
  if (declaration.type == SettingType::boolean) {
    if (text != "true" && text != "false") {
      return fail(expected(declaration, text, "true or false"));
    }
    return SettingValue(std::int64_t{text == "true"});
  }
  if (declaration.type == SettingType::duration) {
    if (!parse_number(text, kDurationUnits, number)) {
      return fail(expected(declaration, text, "a duration such as 200ms, 10s or 1m"));
    }
  } else if (declaration.type == SettingType::bytes) {
    if (!parse_number(text, kBytesUnits, number)) {
      return fail(expected(declaration, text, "a size such as 512B, 64KiB or 16MiB"));
    }
  } else {
    std::string_view rest = text;
    if (!take_number(rest, number) || !rest.empty()) {
      return fail(expected(declaration, text, "a whole number"));
    }
  }
  if (number < declaration.low || number > declaration.high) {
    return fail(expected(declaration, text,
                         "from " + format_setting(declaration, declaration.low) + " to " +
                             format_setting(declaration, declaration.high)));
  }
  return SettingValue(number);
}

SettingValue Settings::value_of(const SettingDeclaration& declaration) const {
  if (values_ != nullptr) {
    const auto found = values_->find(declaration.name);
    if (found != values_->end()) return found->second;
  }
  if (declaration.is_text()) return SettingValue(std::string(declaration.initial_text));
  return SettingValue(declaration.initial);
}

}  // namespace eyrie
