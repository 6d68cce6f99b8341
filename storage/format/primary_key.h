// PrimaryKey: what names a row for its user: an Int64 or a VarChar.
//
// Keys have a total order (integers before texts, texts by bytes), so that sorted containers need
// no hash. PrimaryKeys is a dense column of keys of one kind, as deletes and delta logs carry them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/status.h"

namespace eyrie::storage {

struct PrimaryKey {
  std::variant<std::int64_t, std::string> value;

  PrimaryKey() = default;
  explicit PrimaryKey(std::int64_t number) : value(number) {}
  explicit PrimaryKey(std::string text) : value(std::move(text)) {}
  bool is_integer() const { return value.index() == 0; }

  friend bool operator==(const PrimaryKey&, const PrimaryKey&) = default;
  // What std::variant's own does, at a third of its cost.
  friend std::strong_ordering operator<=>(const PrimaryKey& a, const PrimaryKey& b) {
    if (a.value.index() != b.value.index()) return a.value.index() <=> b.value.index();
    if (const auto* number = std::get_if<0>(&a.value)) return *number <=> *std::get_if<0>(&b.value);
    return *std::get_if<1>(&a.value) <=> *std::get_if<1>(&b.value);
  }
};
// "7", or "'seven'".
std::string to_string(const PrimaryKey& key);

struct PrimaryKeys {
  std::variant<std::vector<std::int64_t>, std::vector<std::string>> values;

  PrimaryKeys() = default;
  explicit PrimaryKeys(std::vector<std::int64_t> numbers) : values(std::move(numbers)) {}
  explicit PrimaryKeys(std::vector<std::string> texts) : values(std::move(texts)) {}

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  // A copy; index < size().
  PrimaryKey at(std::size_t index) const;
  // invalid_argument if the keys before it are of the other kind.
  Status push_back(PrimaryKey key);
  std::size_t memory_bytes() const;

  friend bool operator==(const PrimaryKeys&, const PrimaryKeys&) = default;
};

}  // namespace eyrie::storage
