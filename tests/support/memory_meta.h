// MemoryMeta: a MetaStore whose durable state lives in the test, outside every machine.
//
// One store with etcd's semantics as far as nodes use them: revisions, compares, leases that run
// out, watches that resume. The test says what goes wrong with each transaction: refused, lost,
// applied without an answer, or kept on its way and applied when the test says so.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/environment.h"
#include "sim/world.h"
#include "storage/seam/meta_store.h"

namespace eyrie::test {

enum class CommitFault : std::uint8_t {
  none,
  refuse,       // unavailable, certainly not applied
  refuse_late,  // the same, a second later
  lose,         // unknown, not applied
  lose_answer,  // unknown, applied
  late,         // unknown, applied by deliver()
};

// What survives.
struct MemoryMetaStore {
  // Leases run by the world's time: each machine's own clock starts when it does.
  explicit MemoryMetaStore(sim::World& store_world) : world(store_world) {}

  sim::World& world;
  // Asked for each transaction as it arrives.
  std::function<CommitFault(const storage::Transaction&)> fault = [](const storage::Transaction&) {
    return CommitFault::none;
  };
  Duration travel = 1ms;  // there, and back
  bool down = false;      // every call: unavailable

  std::map<std::string, storage::KeyValue> items;
  storage::Revision revision = 1;
  std::vector<std::pair<storage::Revision, storage::MetaEvent>> history;
  std::map<storage::LeaseId, sim::SimTime> leases;  // when they run out
  std::map<storage::LeaseId, Duration> times_to_live;
  std::int64_t leases_granted = 0;
  std::vector<storage::Transaction> on_the_way;  // that met CommitFault::late
  std::size_t commits = 0;                       // that arrived
  std::size_t ranges = 0;                        // that were asked for

  // Ends what has run out; every call does so first.
  void expire();
  // Removes the lease's keys in one revision.
  void end_lease(storage::LeaseId lease);
  // not_found: a lease of it is gone.
  Result<storage::TransactionResult> apply(const storage::Transaction& transaction);
  // Applies everything that is on the way, in the order in which it was sent.
  void deliver();
};

class MemoryMeta final : public storage::MetaStore {
 public:
  MemoryMeta(Environment& environment, MemoryMetaStore& store)
      : environment_(environment), store_(store) {}

  Task<Result<storage::RangeResult>> range(storage::KeyRange range, storage::Revision revision,
                                           std::size_t limit) override;
  Task<Result<storage::TransactionResult>> commit(storage::Transaction transaction) override;
  Task<Result<storage::LeaseId>> grant_lease(Duration time_to_live) override;
  Task<Result<Duration>> keep_lease_alive(storage::LeaseId lease) override;
  Task<Status> revoke_lease(storage::LeaseId lease) override;
  Task<Result<std::unique_ptr<storage::MetaWatch>>> watch(storage::KeyRange range,
                                                          storage::Revision from) override;
  Task<Status> compact(storage::Revision revision) override;

 private:
  class Watch;
  // The way there, and whether anybody is there.
  Task<Status> travel();

  Environment& environment_;
  MemoryMetaStore& store_;
};

}  // namespace eyrie::test
