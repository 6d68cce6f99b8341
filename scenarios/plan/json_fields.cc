#include "scenarios/plan/json_fields.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace eyrie::scenarios {

namespace {

namespace json = boost::json;

Status wrong(std::string sentence) {
  return Status(Code::invalid_argument, std::move(sentence));
}

Result<std::uint64_t> digits_of(std::string_view digits, int base, const std::string& what) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stopped != end) {
    return fail(wrong(what + " must be a text of " + (base == 16 ? "16 hexadecimal" : "decimal") +
                      " digits below 2^64"));
  }
  return value;
}

}  // namespace

JsonReader::JsonReader(const json::value& in, std::string where)
    : in_(in.if_object()), where_(std::move(where)) {
  if (in_ == nullptr) fail_with("must be a JSON object");
}

void JsonReader::fail_with(const std::string& what) {
  if (status_.ok()) status_ = wrong(where_ + ": " + what);
}

void JsonReader::adopt(const Status& status) {
  if (status_.ok()) status_ = status;
}

const json::value* JsonReader::find(const char* name) {
  if (!status_.ok()) return nullptr;
  asked_.emplace(name);
  return in_->if_contains(name);
}

const json::value* JsonReader::need(const char* name) {
  const json::value* found = find(name);
  if (found == nullptr) fail_with("field '" + std::string(name) + "' is missing");
  return found;
}

void JsonReader::take_integer(const char* name, const json::value& found, std::int64_t& value,
                              NumberRange range) {
  const Result<std::int64_t> taken = integer_of(found, "'" + std::string(name) + "'", range);
  if (taken) {
    value = *taken;
  } else {
    fail_with(taken.error().message());
  }
}

void JsonReader::big(const char* name, std::uint64_t& value) {
  std::string digits;
  text(name, digits);
  if (!status_.ok()) return;
  const Result<std::uint64_t> taken = big_of(digits, "'" + std::string(name) + "'");
  if (taken) {
    value = *taken;
  } else {
    fail_with(taken.error().message());
  }
}

void JsonReader::flag(const char* name, bool& value) {
  const json::value* found = need(name);
  if (found == nullptr) return;
  if (const bool* said = found->if_bool()) {
    value = *said;
  } else {
    fail_with("'" + std::string(name) + "' must be true or false");
  }
}

void JsonReader::text(const char* name, std::string& value) {
  const json::value* found = need(name);
  if (found == nullptr) return;
  if (const json::string* said = found->if_string()) {
    value.assign(said->data(), said->size());
  } else {
    fail_with("'" + std::string(name) + "' must be a text");
  }
}

void JsonReader::text_unless_empty(const char* name, std::string& value) {
  if (find(name) != nullptr) text(name, value);
}

void JsonReader::texts(const char* name, std::map<std::string, std::string>& values) {
  const json::value* found = need(name);
  if (found == nullptr) return;
  const json::object* object = found->if_object();
  if (object == nullptr) return fail_with("'" + std::string(name) + "' must be an object");
  for (const auto& member : *object) {
    const json::string* said = member.value().if_string();
    if (said == nullptr) return fail_with("'" + std::string(name) + "' must hold texts");
    values.emplace(member.key(), std::string(said->data(), said->size()));
  }
}

void JsonReader::visit(const char* name, const json::value& array, const Element& take_element) {
  const json::array* elements = array.if_array();
  if (elements == nullptr) {
    fail_with("'" + std::string(name) + "' must be an array");
    return;
  }
  for (std::size_t i = 0; i < elements->size() && status_.ok(); ++i) {
    adopt(take_element((*elements)[i], i));
  }
}

void JsonReader::each(const char* name, const Element& take_element) {
  const json::value* found = need(name);
  if (found != nullptr) visit(name, *found, take_element);
}

void JsonReader::each_if_any(const char* name, const Element& take_element) {
  const json::value* found = find(name);
  if (found != nullptr) visit(name, *found, take_element);
}

Status JsonReader::finish() {
  if (!status_.ok()) return status_;
  for (const auto& member : *in_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (asked_.contains(name)) continue;
    fail_with("unknown field '" + std::string(name) + "'");
    break;
  }
  return status_;
}

Result<std::int64_t> integer_of(const json::value& value, const std::string& what,
                                NumberRange range) {
  const std::int64_t* number = value.if_int64();
  if (number == nullptr || *number < range.low || *number > range.high) {
    return fail(
        wrong(fmt::format("{} must be a whole number from {} to {}", what, range.low, range.high)));
  }
  return *number;
}

Result<std::uint64_t> big_of(std::string_view digits, const std::string& what) {
  return digits_of(digits, 10, what);
}

Result<std::uint64_t> hash_of(std::string_view digits, const std::string& what) {
  if (digits.size() != 16) return digits_of("", 16, what);
  return digits_of(digits, 16, what);
}

std::string to_hash(std::uint64_t hash) {
  return fmt::format("{:016x}", hash);
}

}  // namespace eyrie::scenarios
