// What a transaction must be before it is asked for (T4).
#include <algorithm>
#include <set>
#include <utility>

#include "storage/sqlite/meta_tables.h"

namespace eyrie::storage {

namespace {

Status invalid(std::string what) {
  return Status(Code::invalid_argument, std::move(what));
}

Status validate_branch(const std::vector<MetaOperation>& operations, std::size_t& bytes) {
  if (operations.size() > kTransactionOperationsMax) {
    return invalid("a transaction has " + std::to_string(operations.size()) +
                   " operations; the limit is " + std::to_string(kTransactionOperationsMax));
  }
  std::set<std::string> puts;
  for (const MetaOperation& operation : operations) {
    if (operation.range.key.empty()) return invalid("an operation names no key");
    bytes += operation.range.key.size() + operation.range.end.size() + operation.value.size();
    if (operation.kind == MetaOperation::Kind::put && !puts.insert(operation.range.key).second) {
      return invalid("a transaction puts key '" + operation.range.key + "' twice");
    }
  }
  for (const MetaOperation& operation : operations) {
    if (operation.kind != MetaOperation::Kind::remove) continue;
    const auto put = std::ranges::find_if(
        puts, [&operation](const std::string& key) { return contains(operation.range, key); });
    if (put != puts.end()) return invalid("a transaction puts and removes key '" + *put + "'");
  }
  return {};
}

}  // namespace

bool contains(const KeyRange& range, const std::string& key) {
  if (range.end.empty()) return key == range.key;
  return key >= range.key && (range.end == std::string(1, '\0') || key < range.end);
}

Status validate(const Transaction& transaction) {
  if (transaction.compares.size() > kTransactionOperationsMax) {
    return invalid("a transaction has " + std::to_string(transaction.compares.size()) +
                   " compares; the limit is " + std::to_string(kTransactionOperationsMax));
  }
  std::size_t bytes = 0;
  for (const Compare& compare : transaction.compares) {
    if (compare.key.empty()) return invalid("a compare names no key");
    bytes += compare.key.size() + compare.value.size();
  }
  EYRIE_RETURN_IF_ERROR(validate_branch(transaction.then, bytes));
  EYRIE_RETURN_IF_ERROR(validate_branch(transaction.otherwise, bytes));
  if (bytes > kTransactionBytesMax) {
    return invalid("a transaction has " + std::to_string(bytes) + " bytes; the limit is " +
                   std::to_string(kTransactionBytesMax));
  }
  return {};
}

}  // namespace eyrie::storage
