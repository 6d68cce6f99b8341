// FakeCoordinator: what a channel's owner asks of the coordinator, answered from memory.
//
// The catalog lives in the test, outside every machine. It keeps the rules that an owner relies on:
// one term a channel (W3, S1), commits that are idempotent by id, checkpoints that only rise,
// timestamps that only rise.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nodes/streaming/coordinator.h"
#include "runtime/environment.h"

namespace eyrie::test {

struct FakeCatalog {
  std::function<std::int64_t()> now_ms;  // of the world
  std::int64_t revision = 1;
  std::int64_t last_timestamp = 0;
  std::int64_t next_id = 1000;
  std::map<std::string, std::int64_t> terms;
  std::map<std::string, catalog::CheckpointRecord> checkpoints;
  std::map<std::int64_t, catalog::CollectionRecord> collections;
  std::map<std::string, std::map<std::int64_t, catalog::SegmentRecord>> segments;
  std::map<std::string, std::map<std::int64_t, catalog::DeltaRecord>> deltas;
  std::uint64_t horizon = 0;         // of each shard
  std::vector<std::string> reports;  // "channel/term: reason"

  // Faults.
  bool down = false;               // every request: unavailable
  int commit_answers_to_lose = 0;  // the next commits: applied, outcome unknown
  bool checkpoints_held = false;   // CommitCheckpoint: unavailable
  int timestamps_to_refuse = 0;    // the next AllocateTimestamps: unavailable
  Status commit_refusal;           // CommitFlush: this, unless it is ok

  std::int64_t assign(const std::string& channel) { return ++revision, ++terms[channel]; }
  // For reads and for the tests' own eyes: later than everything handed out before.
  std::int64_t fresh_timestamp(std::int64_t count = 1);
  catalog::CollectionRecord& add_collection(std::int64_t id, const std::string& channel,
                                            int shards);
};

class FakeCoordinator final : public streaming::Coordinator {
 public:
  FakeCoordinator(Environment& environment, FakeCatalog& catalog)
      : environment_(environment),
        catalog_(catalog),
        random_(environment.random.stream("fake coordinator")) {}

  Task<Result<streaming::Timestamp>> allocate_timestamps(std::string channel,
                                                         streaming::WalTerm term,
                                                         std::int32_t count) override;
  Task<Result<std::int64_t>> allocate_ids(std::int32_t count) override;
  Task<Result<internal::RecoverResponse>> recover(std::string channel,
                                                  streaming::WalTerm term) override;
  Task<Result<std::int64_t>> begin_attempt(std::string channel, streaming::WalTerm term) override;
  Task<Status> commit_flush(internal::CommitFlushRequest request) override;
  Task<Status> commit_checkpoint(internal::CommitCheckpointRequest request) override;
  Task<Status> report_channel(std::string channel, streaming::WalTerm term,
                              std::string reason) override;

 private:
  // The way there, and whether anybody is there.
  Task<Status> travel();
  Status check_term(const std::string& channel, streaming::WalTerm term) const;
  Status answer_commit();

  Environment& environment_;
  FakeCatalog& catalog_;
  Random random_;
};

}  // namespace eyrie::test
