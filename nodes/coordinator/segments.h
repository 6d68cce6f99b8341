// SegmentManager: what owners of channels commit, and what they recover from (S1).
#pragma once

#include "nodes/coordinator/leader_catalog.h"
#include "nodes/proto/coordinator.pb.h"

namespace eyrie::coordinator {

class SegmentManager {
 public:
  SegmentManager(Environment& environment, LeaderCatalog& catalog)
      : environment_(environment), catalog_(catalog) {}

  // Everything about the channel at one revision; fenced unless the term is the assigned one
  // (LeaderCatalog::check_owner).
  Result<internal::RecoverResponse> recover(const internal::RecoverRequest& request) const;
  // Repeating it is harmless; needs an attempt of the owner (Attempts::begin_flush). What belongs
  // to a dropped collection is left out, by who surely leads. invalid_argument: a record names a
  // virtual channel that its collection does not have on this channel.
  Task<Status> commit_flush(internal::CommitFlushRequest request);
  // Checkpoints only rise; a lower one is success without effect.
  Task<Status> commit_checkpoint(internal::CommitCheckpointRequest request);
  // Of a timestamp the checkpoints alone tell: they pass nothing that is not flushed (S1), and a
  // segment that was flushed may have been compacted since. Without one, whether the segments are
  // there, which one that was compacted is not: proxies ask with the time that they remember.
  Result<internal::GetFlushStateResponse> flush_state(
      const internal::GetFlushStateRequest& request) const;

 private:
  Environment& environment_;
  LeaderCatalog& catalog_;
};

}  // namespace eyrie::coordinator
