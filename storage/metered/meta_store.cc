#include "storage/metered/meta_store.h"

#include "storage/metered/metrics.h"

namespace eyrie::storage {

namespace {

Requests requests(Environment& environment, const char* verb) {
  Metrics& metrics = environment.metrics;
  return {environment.clock, metrics.histogram(kMetaDuration, verb),
          [&metrics, verb](std::string_view result) -> Counter& {
            return metrics.counter(kMetaRequests, verb, result);
          }};
}

}  // namespace

MeteredMetaStore::MeteredMetaStore(Environment& environment, MetaStore& store)
    : store_(store),
      range_(requests(environment, "range")),
      commit_(requests(environment, "commit")),
      grant_lease_(requests(environment, "grant_lease")),
      keep_lease_alive_(requests(environment, "keep_lease_alive")),
      revoke_lease_(requests(environment, "revoke_lease")),
      watch_(requests(environment, "watch")),
      compact_(requests(environment, "compact")) {}

Task<Result<RangeResult>> MeteredMetaStore::range(KeyRange range, Revision revision,
                                                  std::size_t limit) {
  return range_.counted(store_.range(std::move(range), revision, limit));
}
Task<Result<TransactionResult>> MeteredMetaStore::commit(Transaction transaction) {
  return commit_.counted(store_.commit(std::move(transaction)));
}
Task<Result<LeaseId>> MeteredMetaStore::grant_lease(Duration time_to_live) {
  return grant_lease_.counted(store_.grant_lease(time_to_live));
}
Task<Result<Duration>> MeteredMetaStore::keep_lease_alive(LeaseId lease) {
  return keep_lease_alive_.counted(store_.keep_lease_alive(lease));
}
Task<Status> MeteredMetaStore::revoke_lease(LeaseId lease) {
  return revoke_lease_.counted(store_.revoke_lease(lease));
}
Task<Result<std::unique_ptr<MetaWatch>>> MeteredMetaStore::watch(KeyRange range, Revision from) {
  return watch_.counted(store_.watch(std::move(range), from));
}
Task<Status> MeteredMetaStore::compact(Revision revision) {
  return compact_.counted(store_.compact(revision));
}

}  // namespace eyrie::storage
