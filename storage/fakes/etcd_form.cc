// What etcd refuses for its form alone.
#include <algorithm>

#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

namespace {

using etcdserverpb::RequestOp;
using Operations = google::protobuf::RepeatedPtrField<RequestOp>;

EtcdOutcome<void> check_form(const RequestOp& operation) {
  switch (operation.request_case()) {
    case RequestOp::kRequestRange:
      return fakes::check_form(operation.request_range());
    case RequestOp::kRequestPut:
      return fakes::check_form(operation.request_put());
    case RequestOp::kRequestDeleteRange:
      return fakes::check_form(operation.request_delete_range());
    case RequestOp::kRequestTxn:
      return std::unexpected(kUnsupported);
    case RequestOp::REQUEST_NOT_SET:
      return std::unexpected(kEmptyKey);
  }
  return std::unexpected(kUnsupported);
}

// No key may be put twice, or put and removed; removed twice is allowed.
EtcdOutcome<void> check_overlaps(const Operations& operations) {
  std::set<std::string> puts;
  for (const RequestOp& operation : operations) {
    if (!operation.has_request_put()) continue;
    if (!puts.insert(operation.request_put().key()).second) return std::unexpected(kDuplicateKey);
  }
  for (const RequestOp& operation : operations) {
    if (!operation.has_request_delete_range()) continue;
    const etcdserverpb::DeleteRangeRequest& range = operation.request_delete_range();
    const bool overlaps = std::ranges::any_of(puts, [&](const std::string& key) {
      return in_range(key, range.key(), range.range_end());
    });
    if (overlaps) return std::unexpected(kDuplicateKey);
  }
  return {};
}

}  // namespace

bool in_range(const std::string& key, const std::string& begin, const std::string& range_end) {
  if (range_end.empty()) return key == begin;
  return key >= begin && (range_end == std::string_view("\0", 1) || key < range_end);
}

EtcdOutcome<void> check_form(const etcdserverpb::RangeRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  const bool supported = request.sort_order() == etcdserverpb::RangeRequest::NONE &&
                         request.min_mod_revision() == 0 && request.max_mod_revision() == 0 &&
                         request.min_create_revision() == 0 && request.max_create_revision() == 0;
  if (!supported) return std::unexpected(kUnsupported);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::PutRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  if (request.ignore_value() || request.ignore_lease()) return std::unexpected(kUnsupported);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::DeleteRangeRequest& request) {
  if (request.key().empty()) return std::unexpected(kEmptyKey);
  return {};
}

EtcdOutcome<void> check_form(const etcdserverpb::TxnRequest& request) {
  const int most =
      std::max({request.compare_size(), request.success_size(), request.failure_size()});
  if (most > kOperationsMax) return std::unexpected(kTooManyOperations);
  for (const etcdserverpb::Compare& compare : request.compare()) {
    if (compare.key().empty()) return std::unexpected(kEmptyKey);
    if (!compare.range_end().empty()) return std::unexpected(kUnsupported);
  }
  for (const Operations* branch : {&request.success(), &request.failure()}) {
    for (const RequestOp& operation : *branch) {
      if (EtcdOutcome<void> checked = check_form(operation); !checked) return checked;
    }
  }
  for (const Operations* branch : {&request.success(), &request.failure()}) {
    if (EtcdOutcome<void> checked = check_overlaps(*branch); !checked) return checked;
  }
  return {};
}

}  // namespace eyrie::storage::fakes
