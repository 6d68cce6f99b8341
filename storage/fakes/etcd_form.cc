// What etcd refuses for its form alone.
#include <algorithm>

#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

namespace {

using etcdserverpb::RequestOp;
using Operations = google::protobuf::RepeatedPtrField<RequestOp>;

// The limit is the operations that are left to a transaction inside another.
EtcdOutcome<void> check_txn(const etcdserverpb::TxnRequest& request, int operations_max);

EtcdOutcome<void> check_operation(const RequestOp& operation, int operations_max) {
  switch (operation.request_case()) {
    case RequestOp::kRequestRange:
      return check_form(operation.request_range());
    case RequestOp::kRequestPut:
      return check_form(operation.request_put());
    case RequestOp::kRequestDeleteRange:
      return check_form(operation.request_delete_range());
    case RequestOp::kRequestTxn:
      return check_txn(operation.request_txn(), operations_max);
    case RequestOp::REQUEST_NOT_SET:
      break;
  }
  return std::unexpected(kKeyNotFound);
}

EtcdOutcome<void> check_txn(const etcdserverpb::TxnRequest& request, int operations_max) {
  const int most =
      std::max({request.compare_size(), request.success_size(), request.failure_size()});
  if (most > operations_max) return std::unexpected(kTooManyOperations);
  for (const etcdserverpb::Compare& compare : request.compare()) {
    if (compare.key().empty()) return std::unexpected(kEmptyKey);
  }
  for (const Operations* branch : {&request.success(), &request.failure()}) {
    for (const RequestOp& operation : *branch) {
      EtcdOutcome<void> checked = check_operation(operation, operations_max - most);
      if (!checked) return checked;
    }
  }
  return {};
}

// What a branch, with all that is inside, may put and remove.
struct Touched {
  std::set<std::string> puts;
  std::vector<etcdserverpb::DeleteRangeRequest> removals;
};

// etcd takes the zero byte, "to the end of the key space", for an end like any other here.
bool is_seen_in(const std::string& key, const etcdserverpb::DeleteRangeRequest& range) {
  if (range.range_end().empty()) return key == range.key();
  return key >= range.key() && key < range.range_end();
}

bool is_removed(const std::string& key, const Touched& touched) {
  return std::ranges::any_of(touched.removals,
                             [&](const auto& range) { return is_seen_in(key, range); });
}

// No key may be put twice, or put and removed; removed twice is allowed, and so is a key that both
// branches of a transaction inside put.
EtcdOutcome<Touched> check_overlaps(const Operations& operations) {
  Touched touched;
  for (const RequestOp& operation : operations) {
    if (operation.has_request_delete_range()) {
      touched.removals.push_back(operation.request_delete_range());
    }
  }
  for (const RequestOp& operation : operations) {
    if (!operation.has_request_txn()) continue;
    EtcdOutcome<Touched> then = check_overlaps(operation.request_txn().success());
    if (!then) return then;
    EtcdOutcome<Touched> otherwise = check_overlaps(operation.request_txn().failure());
    if (!otherwise) return otherwise;
    std::set<std::string> puts = std::move(then->puts);
    puts.merge(otherwise->puts);
    for (const std::string& key : puts) {
      if (is_removed(key, touched) || !touched.puts.insert(key).second) {
        return std::unexpected(kDuplicateKey);
      }
    }
    for (const Touched* inside : {&*then, &*otherwise}) {
      touched.removals.insert(touched.removals.end(), inside->removals.begin(),
                              inside->removals.end());
    }
  }
  for (const RequestOp& operation : operations) {
    if (!operation.has_request_put()) continue;
    const std::string& key = operation.request_put().key();
    if (is_removed(key, touched) || !touched.puts.insert(key).second) {
      return std::unexpected(kDuplicateKey);
    }
  }
  return touched;
}

}  // namespace

bool in_range(const std::string& key, const std::string& begin, const std::string& range_end) {
  if (range_end.empty()) return key == begin;
  return key >= begin && (range_end == std::string_view("\0", 1) || key < range_end);
}

EtcdOutcome<void> check_form(const etcdserverpb::RangeRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::PutRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  if (request.ignore_value() && !request.value().empty()) return std::unexpected(kValueProvided);
  if (request.ignore_lease() && request.lease() != 0) return std::unexpected(kLeaseProvided);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::DeleteRangeRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::TxnRequest& request) {
  if (EtcdOutcome<void> checked = check_txn(request, kOperationsMax); !checked) return checked;
  for (const Operations* branch : {&request.success(), &request.failure()}) {
    if (EtcdOutcome<Touched> checked = check_overlaps(*branch); !checked) {
      return std::unexpected(checked.error());
    }
  }
  return {};
}

}  // namespace eyrie::storage::fakes
