// MeteredMetaStore: another MetaStore, whose requests are counted. A watch is counted when it is
// opened.
#pragma once

#include "runtime/environment.h"
#include "storage/metered/requests.h"
#include "storage/seam/meta_store.h"

namespace eyrie::storage {

class MeteredMetaStore final : public MetaStore {
 public:
  // Borrows both.
  MeteredMetaStore(Environment& environment, MetaStore& store);

  Task<Result<RangeResult>> range(KeyRange range, Revision revision, std::size_t limit) override;
  Task<Result<TransactionResult>> commit(Transaction transaction) override;
  Task<Result<LeaseId>> grant_lease(Duration time_to_live) override;
  Task<Result<Duration>> keep_lease_alive(LeaseId lease) override;
  Task<Status> revoke_lease(LeaseId lease) override;
  Task<Result<std::unique_ptr<MetaWatch>>> watch(KeyRange range, Revision from) override;
  Task<Status> compact(Revision revision) override;

 private:
  MetaStore& store_;
  Requests range_;
  Requests commit_;
  Requests grant_lease_;
  Requests keep_lease_alive_;
  Requests revoke_lease_;
  Requests watch_;
  Requests compact_;
};

}  // namespace eyrie::storage
