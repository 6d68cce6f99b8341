// Transactions of EtcdState, which may have others inside.
#include <algorithm>
#include <utility>

#include "storage/fakes/etcd_state.h"
#include "storage/fakes/etcd_writer.h"

namespace eyrie::storage::fakes {

namespace {

using etcdserverpb::Compare;
using etcdserverpb::RequestOp;
using etcdserverpb::TxnRequest;

template <class T>
bool related(Compare::CompareResult relation, const T& actual, const T& wanted) {
  switch (relation) {
    case Compare::EQUAL:
      return actual == wanted;
    case Compare::NOT_EQUAL:
      return actual != wanted;
    case Compare::LESS:
      return actual < wanted;
    case Compare::GREATER:
      return actual > wanted;
    default:
      return false;  // a relation of a later version
  }
}

bool is_so(const Compare& compare, const mvccpb::KeyValue& item) {
  switch (compare.target()) {
    case Compare::VERSION:
      return related(compare.result(), item.version(), compare.version());
    case Compare::CREATE:
      return related(compare.result(), item.create_revision(), compare.create_revision());
    case Compare::MOD:
      return related(compare.result(), item.mod_revision(), compare.mod_revision());
    case Compare::VALUE:
      return related(compare.result(), item.value(), compare.value());
    case Compare::LEASE:
      return related(compare.result(), item.lease(), compare.lease());
    default:
      return false;  // a target of a later version
  }
}

}  // namespace

class EtcdState::Path {
 public:
  void add(bool succeeded) { taken_.push_back(succeeded); }
  void rewind() { next_ = 0; }
  // The next transaction's.
  bool take() { return taken_.at(next_++); }

 private:
  std::vector<bool> taken_;
  std::size_t next_ = 0;
};

// Of a range, that it holds for each key.
bool EtcdState::holds(const Compare& compare) const {
  bool any = false;
  const auto [first, end] = bounds(compare.key(), compare.range_end());
  for (auto it = first; it != end; ++it) {
    const mvccpb::KeyValue* item = visible(it->second, revision_);
    if (item == nullptr) continue;
    any = true;
    if (!is_so(compare, *item)) return false;
  }
  return any || (compare.target() != Compare::VALUE && is_so(compare, mvccpb::KeyValue()));
}

void EtcdState::choose(const TxnRequest& request, Path& path) const {
  const bool succeeded = std::ranges::all_of(
      request.compare(), [this](const Compare& compare) { return holds(compare); });
  path.add(succeeded);
  for (const RequestOp& operation : succeeded ? request.success() : request.failure()) {
    if (operation.has_request_txn()) choose(operation.request_txn(), path);
  }
}

EtcdOutcome<void> EtcdState::check_put(const RequestOp& operation) const {
  if (!operation.has_request_put()) return {};
  const etcdserverpb::PutRequest& put = operation.request_put();
  const bool keeps = put.ignore_value() || put.ignore_lease();
  if (keeps && find(put.key(), revision_) == nullptr) return std::unexpected(kKeyNotFound);
  if (put.lease() != 0 && !leases_.contains(put.lease())) return std::unexpected(kLeaseNotFound);
  return {};
}

EtcdOutcome<void> EtcdState::check_range(const RequestOp& operation) const {
  if (!operation.has_request_range()) return {};
  const Revision at = operation.request_range().revision();
  if (at == 0) return {};
  if (at > revision_) return std::unexpected(kFutureRevision);
  if (at < compacted_) return std::unexpected(kCompacted);
  return {};
}

EtcdOutcome<void> EtcdState::check_all(const TxnRequest& request, Path& path, Check check) const {
  for (const RequestOp& operation : path.take() ? request.success() : request.failure()) {
    EtcdOutcome<void> checked = operation.has_request_txn()
                                    ? check_all(operation.request_txn(), path, check)
                                    : (this->*check)(operation);
    if (!checked) return checked;
  }
  return {};
}

EtcdOutcome<etcdserverpb::TxnResponse> EtcdState::txn(const TxnRequest& request) {
  if (EtcdOutcome<void> form = check_form(request); !form) return std::unexpected(form.error());
  Path path;
  choose(request, path);
  for (const Check check : {&EtcdState::check_put, &EtcdState::check_range}) {
    path.rewind();
    if (EtcdOutcome<void> checked = check_all(request, path, check); !checked) {
      return std::unexpected(checked.error());
    }
  }
  path.rewind();
  Writer writer(*this);
  etcdserverpb::TxnResponse response = run(request, path, writer);
  response.mutable_header()->set_revision(writer.commit());
  return response;
}

etcdserverpb::TxnResponse EtcdState::run(const TxnRequest& request, Path& path, Writer& writer) {
  etcdserverpb::TxnResponse response;
  response.mutable_header();
  response.set_succeeded(path.take());
  for (const RequestOp& operation : response.succeeded() ? request.success() : request.failure()) {
    etcdserverpb::ResponseOp& answer = *response.add_responses();
    if (operation.has_request_put()) {
      *answer.mutable_response_put() = writer.put(operation.request_put());
      answer.mutable_response_put()->mutable_header()->set_revision(writer.visible());
    } else if (operation.has_request_delete_range()) {
      *answer.mutable_response_delete_range() = writer.remove(operation.request_delete_range());
      answer.mutable_response_delete_range()->mutable_header()->set_revision(writer.visible());
    } else if (operation.has_request_txn()) {
      *answer.mutable_response_txn() = run(operation.request_txn(), path, writer);
    } else {
      const etcdserverpb::RangeRequest& range = operation.request_range();
      *answer.mutable_response_range() =
          read(range, range.revision() > 0 ? range.revision() : writer.visible());
      answer.mutable_response_range()->mutable_header()->set_revision(writer.visible());
    }
  }
  return response;
}

}  // namespace eyrie::storage::fakes
