#include "storage/fakes/etcd_state.h"

#include <algorithm>
#include <utility>

#include "storage/fakes/etcd_writer.h"

namespace eyrie::storage::fakes {

namespace {

using etcdserverpb::Compare;
using etcdserverpb::RequestOp;

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

}  // namespace

const mvccpb::KeyValue* EtcdState::visible(const Versions& versions, Revision at) {
  const auto after = std::ranges::upper_bound(versions, at, {}, &Version::revision);
  if (after == versions.begin() || std::prev(after)->removed) return nullptr;
  return &std::prev(after)->item;
}

const mvccpb::KeyValue* EtcdState::find(const std::string& key, Revision at) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : visible(found->second, at);
}

std::pair<EtcdState::Keys::const_iterator, EtcdState::Keys::const_iterator> EtcdState::bounds(
    const std::string& key, const std::string& range_end) const {
  const auto first = keys_.lower_bound(key);
  if (range_end == std::string_view("\0", 1)) return {first, keys_.end()};
  if (range_end.empty()) return {first, keys_.upper_bound(key)};
  if (range_end <= key) return {first, first};
  return {first, keys_.lower_bound(range_end)};
}

etcdserverpb::RangeResponse EtcdState::read(const etcdserverpb::RangeRequest& request,
                                            Revision at) const {
  etcdserverpb::RangeResponse response;
  const auto [first, end] = bounds(request.key(), request.range_end());
  std::int64_t count = 0;
  for (auto it = first; it != end; ++it) {
    const mvccpb::KeyValue* item = visible(it->second, at);
    if (item == nullptr) continue;
    ++count;
    const bool wanted = request.limit() <= 0 || count <= request.limit();
    if (request.count_only() || !wanted) continue;
    mvccpb::KeyValue& copy = *response.add_kvs();
    copy = *item;
    if (request.keys_only()) copy.clear_value();
  }
  response.set_count(count);
  response.set_more(!request.count_only() && request.limit() > 0 && count > request.limit());
  return response;
}

EtcdOutcome<void> EtcdState::check_readable(Revision revision, Revision applied) const {
  if (revision <= 0) return {};
  if (revision > applied) return std::unexpected(kFutureRevision);
  if (revision < compacted_) return std::unexpected(kCompacted);
  return {};
}

EtcdOutcome<etcdserverpb::RangeResponse> EtcdState::range(const etcdserverpb::RangeRequest& request,
                                                          Revision applied) const {
  if (EtcdOutcome<void> form = check_form(request); !form) return std::unexpected(form.error());
  if (EtcdOutcome<void> readable = check_readable(request.revision(), applied); !readable) {
    return std::unexpected(readable.error());
  }
  etcdserverpb::RangeResponse response =
      read(request, request.revision() > 0 ? request.revision() : applied);
  response.mutable_header()->set_revision(applied);
  return response;
}

EtcdOutcome<etcdserverpb::PutResponse> EtcdState::put(const etcdserverpb::PutRequest& request) {
  if (EtcdOutcome<void> form = check_form(request); !form) return std::unexpected(form.error());
  if (request.lease() != 0 && !leases_.contains(request.lease())) {
    return std::unexpected(kLeaseNotFound);
  }
  Writer writer(*this);
  etcdserverpb::PutResponse response = writer.put(request);
  response.mutable_header()->set_revision(writer.commit());
  return response;
}

EtcdOutcome<etcdserverpb::DeleteRangeResponse> EtcdState::delete_range(
    const etcdserverpb::DeleteRangeRequest& request) {
  if (EtcdOutcome<void> form = check_form(request); !form) return std::unexpected(form.error());
  Writer writer(*this);
  etcdserverpb::DeleteRangeResponse response = writer.remove(request);
  response.mutable_header()->set_revision(writer.commit());
  return response;
}

bool EtcdState::holds(const Compare& compare) const {
  const mvccpb::KeyValue absent;
  const mvccpb::KeyValue* found = find(compare.key(), revision_);
  const mvccpb::KeyValue& item = found != nullptr ? *found : absent;
  switch (compare.target()) {
    case Compare::VERSION:
      return related(compare.result(), item.version(), compare.version());
    case Compare::CREATE:
      return related(compare.result(), item.create_revision(), compare.create_revision());
    case Compare::MOD:
      return related(compare.result(), item.mod_revision(), compare.mod_revision());
    case Compare::VALUE:
      return found != nullptr && related(compare.result(), item.value(), compare.value());
    case Compare::LEASE:
      return related(compare.result(), item.lease(), compare.lease());
    default:
      return false;  // a target of a later version
  }
}

EtcdOutcome<void> EtcdState::check_branch(
    const google::protobuf::RepeatedPtrField<RequestOp>& branch) const {
  for (const RequestOp& operation : branch) {
    const std::int64_t lease = operation.request_put().lease();
    if (lease != 0 && !leases_.contains(lease)) return std::unexpected(kLeaseNotFound);
    EtcdOutcome<void> readable = check_readable(operation.request_range().revision(), revision_);
    if (!readable) return readable;
  }
  return {};
}

EtcdOutcome<etcdserverpb::TxnResponse> EtcdState::txn(const etcdserverpb::TxnRequest& request) {
  if (EtcdOutcome<void> form = check_form(request); !form) return std::unexpected(form.error());
  const bool succeeded = std::ranges::all_of(
      request.compare(), [this](const Compare& compare) { return holds(compare); });
  const auto& branch = succeeded ? request.success() : request.failure();
  if (EtcdOutcome<void> checked = check_branch(branch); !checked) {
    return std::unexpected(checked.error());
  }
  Writer writer(*this);
  etcdserverpb::TxnResponse response;
  response.set_succeeded(succeeded);
  for (const RequestOp& operation : branch) {
    etcdserverpb::ResponseOp& answer = *response.add_responses();
    if (operation.has_request_put()) {
      *answer.mutable_response_put() = writer.put(operation.request_put());
      answer.mutable_response_put()->mutable_header()->set_revision(writer.visible());
    } else if (operation.has_request_delete_range()) {
      *answer.mutable_response_delete_range() = writer.remove(operation.request_delete_range());
      answer.mutable_response_delete_range()->mutable_header()->set_revision(writer.visible());
    } else {
      const etcdserverpb::RangeRequest& range = operation.request_range();
      *answer.mutable_response_range() =
          read(range, range.revision() > 0 ? range.revision() : writer.visible());
      answer.mutable_response_range()->mutable_header()->set_revision(writer.visible());
    }
  }
  response.mutable_header()->set_revision(writer.commit());
  return response;
}

EtcdOutcome<etcdserverpb::CompactionResponse> EtcdState::compact(
    const etcdserverpb::CompactionRequest& request) {
  const Revision at = request.revision();
  if (at <= compacted_) return std::unexpected(kCompacted);
  if (at > revision_) return std::unexpected(kFutureRevision);
  compacted_ = at;
  for (auto it = keys_.begin(); it != keys_.end();) {
    Versions& versions = it->second;
    auto kept = std::ranges::upper_bound(versions, at, {}, &Version::revision);
    if (kept != versions.begin() && !std::prev(kept)->removed) --kept;
    versions.erase(versions.begin(), kept);
    it = versions.empty() ? keys_.erase(it) : std::next(it);
  }
  history_.erase(history_.begin(), history_.lower_bound(at));
  if (const auto first = history_.find(at); first != history_.end()) {
    std::erase_if(first->second,
                  [](const mvccpb::Event& event) { return event.type() == mvccpb::Event::DELETE; });
  }
  etcdserverpb::CompactionResponse response;
  response.mutable_header()->set_revision(revision_);
  return response;
}

std::span<const mvccpb::Event> EtcdState::changes_at(Revision revision) const {
  const auto found = history_.find(revision);
  if (found == history_.end()) return {};
  return found->second;
}

EtcdState::Revision EtcdState::next_changed(Revision from) const {
  const auto found = history_.lower_bound(from);
  return found == history_.end() ? revision_ + 1 : found->first;
}

}  // namespace eyrie::storage::fakes
