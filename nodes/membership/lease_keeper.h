// LeaseKeeper: grants a lease and keeps it alive until it is lost or given up.
#pragma once

#include "nodes/membership/lease.h"
#include "nodes/settings/membership.h"
#include "runtime/environment.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/seam/meta_store.h"

namespace eyrie::membership {

struct LeaseOptions {
  Duration time_to_live{settings::kLease.initial};
  Duration keep_alive_interval = time_to_live / 5;
  // At 1000 ppm on both sides a time to live of 10 s drifts by 20 ms; twice that at least.
  Duration drift_margin = 100ms;
};

LeaseOptions lease_options(const Settings& settings);

class LeaseKeeper {
 public:
  LeaseKeeper(Environment& environment, storage::MetaStore& meta, LeaseOptions options);

  // Grants a new lease; the one before, if any, must be lost or released.
  Task<Status> grant();
  // Sends keep-alives until the lease is lost or the scope cancelled.
  Task<void> keep_alive();
  // Gives the lease up, so that its keys go at once; best effort.
  Task<void> release();

  storage::LeaseId lease() const { return lease_; }
  bool held() const;
  // Ends when the lease is found lost: the store said so, or time ran out. A pause can make that
  // late, which is why whoever acts on the lease asks held() at that moment.
  QueueWait wait_until_lost() { return lost_.wait(); }

 private:
  void lose();

  Environment& environment_;
  storage::MetaStore& meta_;
  LeaseOptions options_;
  LeaseTerm term_;
  storage::LeaseId lease_;
  Gate lost_{true};
};

}  // namespace eyrie::membership
