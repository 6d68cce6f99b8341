// The leases of EtcdState.
#include <algorithm>

#include "storage/fakes/etcd_state.h"
#include "storage/fakes/etcd_writer.h"

namespace eyrie::storage::fakes {

namespace {

// A century is for ever, and fits a MonotonicTime.
constexpr Duration seconds(std::int64_t count) {
  return std::chrono::seconds(std::min<std::int64_t>(count, 3'153'600'000));
}

}  // namespace

EtcdOutcome<etcdserverpb::LeaseGrantResponse> EtcdState::grant(
    const etcdserverpb::LeaseGrantRequest& request, MonotonicTime now) {
  if (request.ttl() > kLeaseSecondsMax) return std::unexpected(kLeaseTooLong);
  std::int64_t id = request.id();
  if (id == 0) id = next_lease_++;
  if (leases_.contains(id)) return std::unexpected(kLeaseExists);
  const std::int64_t granted_s = std::max(request.ttl(), kLeaseSecondsMin);
  leases_.emplace(id, Lease{granted_s, now + seconds(granted_s), {}});
  etcdserverpb::LeaseGrantResponse response;
  response.set_id(id);
  response.set_ttl(granted_s);
  response.mutable_header()->set_revision(revision_);
  return response;
}

EtcdOutcome<etcdserverpb::LeaseRevokeResponse> EtcdState::revoke(std::int64_t lease) {
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return std::unexpected(kLeaseNotFound);
  const std::set<std::string> keys = found->second.keys;
  Writer writer(*this);
  for (const std::string& key : keys) writer.remove_key(key);
  leases_.erase(lease);
  etcdserverpb::LeaseRevokeResponse response;
  response.mutable_header()->set_revision(writer.commit());
  return response;
}

etcdserverpb::LeaseKeepAliveResponse EtcdState::keep_alive(std::int64_t lease, MonotonicTime now) {
  etcdserverpb::LeaseKeepAliveResponse response;
  response.set_id(lease);
  response.mutable_header()->set_revision(revision_);
  const auto found = leases_.find(lease);
  // One whose time has passed but was not revoked yet is gone for whoever asks.
  if (found == leases_.end() || found->second.expires <= now) return response;
  found->second.expires = now + seconds(found->second.granted_s);
  response.set_ttl(found->second.granted_s);
  return response;
}

etcdserverpb::LeaseTimeToLiveResponse EtcdState::time_to_live(
    const etcdserverpb::LeaseTimeToLiveRequest& request, MonotonicTime now) const {
  etcdserverpb::LeaseTimeToLiveResponse response;
  response.set_id(request.id());
  response.mutable_header()->set_revision(revision_);
  const auto found = leases_.find(request.id());
  if (found == leases_.end()) {
    response.set_ttl(-1);
    return response;
  }
  response.set_ttl((found->second.expires - now) / seconds(1));
  response.set_grantedttl(found->second.granted_s);
  if (request.keys()) {
    for (const std::string& key : found->second.keys) response.add_keys(key);
  }
  return response;
}

std::vector<std::int64_t> EtcdState::expired(MonotonicTime now) const {
  std::vector<std::int64_t> ids;
  for (const auto& [id, lease] : leases_) {
    if (lease.expires <= now) ids.push_back(id);
  }
  return ids;
}

void EtcdState::extend_leases(MonotonicTime now, Duration extra) {
  for (auto& [id, lease] : leases_) lease.expires = now + seconds(lease.granted_s) + extra;
}

}  // namespace eyrie::storage::fakes
