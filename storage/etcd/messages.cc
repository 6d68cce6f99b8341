#include "storage/etcd/messages.h"

#include <algorithm>

namespace eyrie::storage {

namespace {

using etcdserverpb::RequestOp;
using etcdserverpb::ResponseOp;
using PbCompare = etcdserverpb::Compare;

PbCompare::CompareResult to_message(Compare::Relation relation) {
  switch (relation) {
    case Compare::Relation::equal:
      return PbCompare::EQUAL;
    case Compare::Relation::not_equal:
      return PbCompare::NOT_EQUAL;
    case Compare::Relation::less:
      return PbCompare::LESS;
    case Compare::Relation::greater:
      return PbCompare::GREATER;
  }
  return PbCompare::EQUAL;
}

void fill(const Compare& compare, PbCompare& message) {
  message.set_key(compare.key);
  message.set_result(to_message(compare.relation));
  switch (compare.target) {
    case Compare::Target::create_revision:
      message.set_target(PbCompare::CREATE);
      message.set_create_revision(compare.revision);
      break;
    case Compare::Target::mod_revision:
      message.set_target(PbCompare::MOD);
      message.set_mod_revision(compare.revision);
      break;
    case Compare::Target::value:
      message.set_target(PbCompare::VALUE);
      message.set_value(compare.value);
      break;
  }
}

void fill(const MetaOperation& operation, RequestOp& message) {
  switch (operation.kind) {
    case MetaOperation::Kind::put: {
      etcdserverpb::PutRequest& put = *message.mutable_request_put();
      put.set_key(operation.range.key);
      put.set_value(operation.value);
      put.set_lease(operation.lease.value);
      break;
    }
    case MetaOperation::Kind::remove: {
      etcdserverpb::DeleteRangeRequest& remove = *message.mutable_request_delete_range();
      remove.set_key(operation.range.key);
      remove.set_range_end(operation.range.end);
      break;
    }
    case MetaOperation::Kind::read:
      *message.mutable_request_range() = to_message(operation.range, 0, 0);
      break;
  }
}

bool fits(const MetaOperation& operation, const ResponseOp& response) {
  switch (operation.kind) {
    case MetaOperation::Kind::put:
      return response.has_response_put();
    case MetaOperation::Kind::remove:
      return response.has_response_delete_range();
    case MetaOperation::Kind::read:
      return response.has_response_range();
  }
  return false;
}

bool any_write(const std::vector<MetaOperation>& operations) {
  return std::ranges::any_of(operations, [](const MetaOperation& operation) {
    return operation.kind != MetaOperation::Kind::read;
  });
}

Status check_removals_to_the_end(const std::vector<MetaOperation>& operations) {
  const std::string* removed_from = nullptr;  // the smallest begin of such a range
  for (const MetaOperation& operation : operations) {
    const KeyRange& range = operation.range;
    const bool to_the_end = range.end == std::string_view("\0", 1);
    if (operation.kind != MetaOperation::Kind::remove || !to_the_end) continue;
    if (removed_from == nullptr || range.key < *removed_from) removed_from = &range.key;
  }
  if (removed_from == nullptr) return {};
  for (const MetaOperation& operation : operations) {
    if (operation.kind == MetaOperation::Kind::put && operation.range.key >= *removed_from) {
      return {Code::invalid_argument,
              "a transaction puts and removes key '" + operation.range.key + "'"};
    }
  }
  return {};
}

}  // namespace

etcdserverpb::RangeRequest to_message(const KeyRange& range, Revision revision, std::size_t limit) {
  etcdserverpb::RangeRequest message;  // serializable stays false: every read is linearizable
  message.set_key(range.key);
  message.set_range_end(range.end);
  message.set_revision(revision);
  message.set_limit(static_cast<std::int64_t>(limit));
  return message;
}

etcdserverpb::TxnRequest to_message(const Transaction& transaction) {
  etcdserverpb::TxnRequest message;
  for (const Compare& compare : transaction.compares) fill(compare, *message.add_compare());
  for (const MetaOperation& operation : transaction.then) fill(operation, *message.add_success());
  for (const MetaOperation& operation : transaction.otherwise) {
    fill(operation, *message.add_failure());
  }
  return message;
}

KeyValue from_message(const mvccpb::KeyValue& item) {
  return {item.key(), item.value(), item.create_revision(), item.mod_revision(),
          LeaseId(item.lease())};
}

MetaEvent from_message(const mvccpb::Event& event) {
  return {event.type() == mvccpb::Event::DELETE, from_message(event.kv())};
}

RangeResult from_message(const etcdserverpb::RangeResponse& response) {
  RangeResult result;
  result.items.reserve(static_cast<std::size_t>(response.kvs_size()));
  for (const mvccpb::KeyValue& item : response.kvs()) result.items.push_back(from_message(item));
  result.more = response.more();
  result.revision = response.header().revision();
  return result;
}

Result<TransactionResult> from_message(const etcdserverpb::TxnResponse& response,
                                       const Transaction& transaction) {
  const std::vector<MetaOperation>& branch =
      response.succeeded() ? transaction.then : transaction.otherwise;
  if (static_cast<std::size_t>(response.responses_size()) != branch.size()) {
    return fail(Code::unknown, "etcd's answer has not one result for each operation");
  }
  TransactionResult result;
  result.succeeded = response.succeeded();
  result.revision = response.header().revision();
  for (std::size_t i = 0; i < branch.size(); ++i) {
    const ResponseOp& answer = response.responses(static_cast<int>(i));
    if (!fits(branch[i], answer)) {
      return fail(Code::unknown, "etcd's answer is of another kind than the operation");
    }
    result.reads.push_back(from_message(answer.response_range()).items);
  }
  return result;
}

Status check_limits(const Transaction& transaction, std::size_t encoded_bytes) {
  const std::size_t most = std::max(
      {transaction.compares.size(), transaction.then.size(), transaction.otherwise.size()});
  if (most > kTransactionOperationsMax) {
    return {Code::invalid_argument, "a transaction has " + std::to_string(most) +
                                        " operations in a branch, the limit is " +
                                        std::to_string(kTransactionOperationsMax)};
  }
  if (encoded_bytes > kTransactionBytesMax) {
    return {Code::invalid_argument, "a transaction has " + std::to_string(encoded_bytes) +
                                        " bytes, the limit is " +
                                        std::to_string(kTransactionBytesMax)};
  }
  return {};
}

Status check_removals_to_the_end(const Transaction& transaction) {
  EYRIE_RETURN_IF_ERROR(check_removals_to_the_end(transaction.then));
  return check_removals_to_the_end(transaction.otherwise);
}

bool writes(const Transaction& transaction) {
  return any_write(transaction.then) || any_write(transaction.otherwise);
}

}  // namespace eyrie::storage
