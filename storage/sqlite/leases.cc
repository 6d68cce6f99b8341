// Leases of the SQLite store: a task for each, which revokes it when its time is over.
#include <utility>

#include "storage/sqlite/sqlite_meta_store.h"

namespace eyrie::storage {

namespace {

constexpr Duration kRetryAfter = 100ms;  // a revocation that failed, of a full disk for example

}  // namespace

void SqliteMetaStore::follow_leases(const MetaRequest& request, const Result<MetaReply>& reply) {
  const auto* grant = std::get_if<GrantRequest>(&request);
  if (grant != nullptr && reply) start_lease(std::get<LeaseId>(*reply), grant->time_to_live);
  const auto* revoke = std::get_if<RevokeRequest>(&request);
  if (revoke == nullptr) return;
  if (reply || reply.error().code() == Code::not_found) leases_.erase(revoke->lease);
}

void SqliteMetaStore::adopt_leases(const std::map<LeaseId, Duration>& stored) {
  std::erase_if(leases_, [&stored](const auto& lease) { return !stored.contains(lease.first); });
  for (const auto& [lease, time_to_live] : stored) {
    if (!leases_.contains(lease)) start_lease(lease, time_to_live);
  }
}

void SqliteMetaStore::start_lease(LeaseId lease, Duration time_to_live) {
  leases_[lease] = {time_to_live, environment_.clock.monotonic() + time_to_live, false};
  timers_.spawn(end_lease_in_time(lease));
}

Task<void> SqliteMetaStore::end_lease_in_time(LeaseId lease) {
  while (state_ != State::stopped) {
    const auto found = leases_.find(lease);
    if (found == leases_.end()) co_return;
    const MonotonicTime deadline = found->second.deadline;
    if (environment_.clock.monotonic() < deadline) {
      if (!(co_await environment_.clock.sleep_until(deadline)).ok()) co_return;
      continue;
    }
    found->second.ending = true;
    const Status revoked = status_of(co_await ask(RevokeRequest{lease}));
    if (revoked.ok() || revoked.code() == Code::not_found) co_return;
    if (!(co_await environment_.clock.sleep_for(kRetryAfter)).ok()) co_return;
  }
}

Task<Result<LeaseId>> SqliteMetaStore::grant_lease(Duration time_to_live) {
  if (time_to_live <= Duration::zero()) {
    co_return fail(Code::invalid_argument, "a lease lives longer than no time");
  }
  EYRIE_CO_TRY(const MetaReply reply, co_await ask(GrantRequest{time_to_live}));
  co_return std::get<LeaseId>(reply);
}

// In memory alone: a restart gives every lease its whole time again.
Task<Result<Duration>> SqliteMetaStore::keep_lease_alive(LeaseId lease) {
  EYRIE_CO_RETURN_IF_ERROR(usable());
  const auto found = leases_.find(lease);
  if (found == leases_.end() || found->second.ending ||
      environment_.clock.monotonic() >= found->second.deadline) {
    co_return fail(Code::not_found, "lease " + to_string(lease) + " is gone");
  }
  found->second.deadline = environment_.clock.monotonic() + found->second.time_to_live;
  co_return found->second.time_to_live;
}

Task<Status> SqliteMetaStore::revoke_lease(LeaseId lease) {
  co_return status_of(co_await ask(RevokeRequest{lease}));
}

}  // namespace eyrie::storage
