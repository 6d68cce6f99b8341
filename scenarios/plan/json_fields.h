// JsonWriter and JsonReader: plain data to JSON and back, by one description of its fields.
//
//   template <class Fields, class Part>
//   void describe(Fields& fields, Part& part) {
//     fields.number("shards", part.shards, {1, 64});
//   }
//
// The writer takes parts that are const, the reader the same ones to fill. Numbers are integers in
// the range that their description gives; full 64-bit numbers are texts, which every JSON library
// keeps exactly. The reader believes nothing: what is missing, of another type, out of range or not
// described is an error that names the place, and the first one is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/json.hpp>

#include "runtime/status.h"
#include "runtime/time.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

// Both ends are allowed.
struct NumberRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

class JsonWriter {
 public:
  explicit JsonWriter(boost::json::object& out) : out_(out) {}

  template <class T>
  void number(const char* name, const T& value, NumberRange) {
    if constexpr (std::is_same_v<T, Duration>) {
      out_[name] = value.count();
    } else {
      out_[name] = static_cast<std::int64_t>(value);
    }
  }
  // What is as usual is left out.
  template <class T>
  void number_unless(const char* name, const T& value, const T& usual, NumberRange range) {
    if (value != usual) number(name, value, range);
  }
  void big(const char* name, std::uint64_t value) { out_[name] = std::to_string(value); }
  void flag(const char* name, bool value) { out_[name] = value; }
  void text(const char* name, const std::string& value) { out_[name] = value; }
  void text_unless_empty(const char* name, const std::string& value) {
    if (!value.empty()) out_[name] = value;
  }
  void texts(const char* name, const std::map<std::string, std::string>& values) {
    out_[name] = boost::json::value_from(values);
  }
  // A value of an enum by its name.
  template <class T>
  void choice(const char* name, const T& value, std::span<const T>) {
    out_[name] = std::string(name_of(value));
  }
  template <class T>
  void choice_unless(const char* name, const T& value, const T& usual, std::span<const T> all) {
    if (value != usual) choice(name, value, all);
  }
  template <class T>
  void part(const char* name, const T& value) {
    boost::json::object inner;
    JsonWriter writer(inner);
    describe(writer, value);
    out_[name] = std::move(inner);
  }

 private:
  boost::json::object& out_;
};

class JsonReader {
 public:
  // `where` begins every sentence: "case.json: fault 3".
  JsonReader(const boost::json::value& in, std::string where);

  template <class T>
  void number(const char* name, T& value, NumberRange range) {
    const boost::json::value* found = need(name);
    if (found != nullptr) take(name, *found, value, range);
  }
  template <class T>
  void number_unless(const char* name, T& value, const T&, NumberRange range) {
    const boost::json::value* found = find(name);
    if (found != nullptr) take(name, *found, value, range);
  }
  void big(const char* name, std::uint64_t& value);
  void flag(const char* name, bool& value);
  void text(const char* name, std::string& value);
  void text_unless_empty(const char* name, std::string& value);
  // An object of texts, whatever their names.
  void texts(const char* name, std::map<std::string, std::string>& values);
  template <class T>
  void choice(const char* name, T& value, std::span<const T> all) {
    std::string said;
    text(name, said);
    if (!status_.ok()) return;
    for (const T each : all) {
      if (name_of(each) != said) continue;
      value = each;
      return;
    }
    fail_with("unknown " + std::string(name) + " '" + said + "'");
  }
  template <class T>
  void choice_unless(const char* name, T& value, const T&, std::span<const T> all) {
    if (find(name) != nullptr) choice(name, value, all);
  }
  template <class T>
  void part(const char* name, T& value) {
    const boost::json::value* found = need(name);
    if (found == nullptr) return;
    JsonReader reader(*found, where_ + ": " + name);
    describe(reader, value);
    adopt(reader.finish());
  }

  // The elements of an array that must be there, with their places in it, while all is well.
  using Element = std::function<Status(const boost::json::value&, std::size_t)>;
  void each(const char* name, const Element& take_element);
  void each_if_any(const char* name, const Element& take_element);

  bool has(const char* name) { return find(name) != nullptr; }
  void fail_with(const std::string& what);
  void adopt(const Status& status);
  const Status& status() const { return status_; }
  // The first error, or a field that nobody asked for.
  Status finish();

 private:
  const boost::json::value* find(const char* name);
  const boost::json::value* need(const char* name);
  void visit(const char* name, const boost::json::value& array, const Element& take_element);
  void take_integer(const char* name, const boost::json::value& found, std::int64_t& value,
                    NumberRange range);

  template <class T>
  void take(const char* name, const boost::json::value& found, T& value, NumberRange range) {
    std::int64_t taken = range.low;
    take_integer(name, found, taken, range);
    if (status_.ok()) value = static_cast<T>(taken);
  }

  const boost::json::object* in_;
  std::string where_;
  std::set<std::string, std::less<>> asked_;
  Status status_;
};

// An integer in that range; invalid_argument, "<what> must be ...", for anything else.
Result<std::int64_t> integer_of(const boost::json::value& value, const std::string& what,
                                NumberRange range);
// A whole number below 2^64 that is written in digits, and nothing else.
Result<std::uint64_t> big_of(std::string_view digits, const std::string& what);
// As to_hash() writes it: 16 hexadecimal digits.
Result<std::uint64_t> hash_of(std::string_view digits, const std::string& what);
std::string to_hash(std::uint64_t hash);

}  // namespace eyrie::scenarios
