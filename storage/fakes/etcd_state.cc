#include "storage/fakes/etcd_state.h"

#include <algorithm>
#include <utility>

#include "storage/fakes/etcd_writer.h"

namespace eyrie::storage::fakes {

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
  const bool keeps = request.ignore_value() || request.ignore_lease();
  if (keeps && find(request.key(), revision_) == nullptr) return std::unexpected(kKeyNotFound);
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
