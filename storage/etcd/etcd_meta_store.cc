#include "storage/etcd/etcd_meta_store.h"

#include <utility>

#include "storage/etcd/messages.h"
#include "storage/etcd/watch.h"

namespace eyrie::storage {

EtcdMetaStore::EtcdMetaStore(Environment& environment, std::vector<std::unique_ptr<EtcdWire>> wires,
                             EtcdOptions options)
    : environment_(environment),
      options_(options),
      endpoints_(environment, std::move(wires), options),
      caller_(environment.clock, endpoints_, options),
      leases_(environment.executor, environment.clock, endpoints_, options) {}

Task<Result<RangeResult>> EtcdMetaStore::range(KeyRange range, Revision revision,
                                               std::size_t limit) {
  co_return co_await calls_.run(do_range(std::move(range), revision, limit));
}

Task<Result<TransactionResult>> EtcdMetaStore::commit(Transaction transaction) {
  co_return co_await calls_.run(do_commit(std::move(transaction)));
}

Task<Result<LeaseId>> EtcdMetaStore::grant_lease(Duration time_to_live) {
  co_return co_await calls_.run(do_grant(time_to_live));
}

Task<Result<Duration>> EtcdMetaStore::keep_lease_alive(LeaseId lease) {
  co_return co_await calls_.run(leases_.keep_alive(lease));
}

Task<Status> EtcdMetaStore::revoke_lease(LeaseId lease) {
  co_return co_await calls_.run(do_revoke(lease));
}

Task<Status> EtcdMetaStore::compact(Revision revision) {
  co_return co_await calls_.run(do_compact(revision));
}

Task<Result<std::unique_ptr<MetaWatch>>> EtcdMetaStore::watch(KeyRange range, Revision from) {
  if (calls_.closed()) co_return fail(Code::failed_precondition, "the etcd client was stopped");
  if (from <= 0) co_return fail(Code::invalid_argument, "a watch begins at a revision above 0");
  co_return std::make_unique<EtcdWatch>(environment_, endpoints_, calls_, options_,
                                        std::move(range), from);
}

Task<void> EtcdMetaStore::stop() {
  co_await calls_.close();
  co_await leases_.stop();
  co_await endpoints_.stop();
}

Task<Result<RangeResult>> EtcdMetaStore::do_range(KeyRange range, Revision revision,
                                                  std::size_t limit) {
  if (revision < 0) co_return fail(Code::invalid_argument, "a revision is not negative");
  EYRIE_CO_TRY(const etcdserverpb::RangeResponse response,
               co_await caller_.call<etcdserverpb::RangeResponse>(
                   EtcdMethod::range, to_message(range, revision, limit), EtcdRepeat::always));
  co_return from_message(response);
}

Task<Result<TransactionResult>> EtcdMetaStore::do_commit(Transaction transaction) {
  const etcdserverpb::TxnRequest request = to_message(transaction);
  EYRIE_CO_RETURN_IF_ERROR(check_limits(transaction, request.ByteSizeLong()));
  EYRIE_CO_RETURN_IF_ERROR(check_removals_to_the_end(transaction));
  const EtcdRepeat repeat = writes(transaction) ? EtcdRepeat::if_not_applied : EtcdRepeat::always;
  EYRIE_CO_TRY(const etcdserverpb::TxnResponse response,
               co_await caller_.call<etcdserverpb::TxnResponse>(EtcdMethod::txn, request, repeat));
  co_return from_message(response, transaction);
}

Task<Result<LeaseId>> EtcdMetaStore::do_grant(Duration time_to_live) {
  if (time_to_live <= Duration(0)) {
    co_return fail(Code::invalid_argument, "a lease lives longer than no time");
  }
  etcdserverpb::LeaseGrantRequest request;
  request.set_ttl(std::chrono::ceil<std::chrono::seconds>(time_to_live).count());
  // Repeated also in doubt: a lease nobody heard of holds no key and expires by itself.
  EYRIE_CO_TRY(const etcdserverpb::LeaseGrantResponse response,
               co_await caller_.call<etcdserverpb::LeaseGrantResponse>(
                   EtcdMethod::lease_grant, request, EtcdRepeat::always));
  co_return LeaseId(response.id());
}

Task<Status> EtcdMetaStore::do_revoke(LeaseId lease) {
  etcdserverpb::LeaseRevokeRequest request;
  request.set_id(lease.value);
  Result<etcdserverpb::LeaseRevokeResponse> response =
      co_await caller_.call<etcdserverpb::LeaseRevokeResponse>(EtcdMethod::lease_revoke, request,
                                                               EtcdRepeat::always);
  co_return status_of(std::move(response));
}

Task<Status> EtcdMetaStore::do_compact(Revision revision) {
  if (revision <= 1) co_return Status();  // there is no history below the first revision
  etcdserverpb::CompactionRequest request;
  request.set_revision(revision - 1);
  Result<etcdserverpb::CompactionResponse> response =
      co_await caller_.call<etcdserverpb::CompactionResponse>(EtcdMethod::compact, request,
                                                              EtcdRepeat::always);
  Status status = status_of(std::move(response));
  // Compacted already, by an earlier attempt or by others: what was asked for holds.
  if (status.message() == kCompacted.message) co_return Status();
  co_return status;
}

}  // namespace eyrie::storage
