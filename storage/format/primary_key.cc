#include "storage/format/primary_key.h"

#include "runtime/check.h"

namespace eyrie::storage {

std::string to_string(const PrimaryKey& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key.value)) return std::to_string(*number);
  return "'" + std::get<std::string>(key.value) + "'";
}

std::size_t PrimaryKeys::size() const {
  return std::visit([](const auto& keys) { return keys.size(); }, values);
}

PrimaryKey PrimaryKeys::at(std::size_t index) const {
  EYRIE_CHECK(index < size());
  return std::visit([index](const auto& keys) { return PrimaryKey(keys[index]); }, values);
}

Status PrimaryKeys::push_back(PrimaryKey key) {
  if (empty()) {
    if (key.is_integer()) {
      values = std::vector<std::int64_t>();
    } else {
      values = std::vector<std::string>();
    }
  }
  if (key.value.index() != values.index()) {
    return Status(Code::invalid_argument, "a batch mixes integer and text keys");
  }
  if (key.is_integer()) {
    std::get<0>(values).push_back(std::get<0>(key.value));
  } else {
    std::get<1>(values).push_back(std::move(std::get<1>(key.value)));
  }
  return {};
}

std::size_t PrimaryKeys::memory_bytes() const {
  if (const auto* numbers = std::get_if<0>(&values)) return numbers->size() * sizeof(std::int64_t);
  std::size_t bytes = 0;
  for (const std::string& text : std::get<1>(values)) bytes += sizeof(std::string) + text.size();
  return bytes;
}

}  // namespace eyrie::storage
