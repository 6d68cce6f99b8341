// Coordinator: what a channel's owner asks of the coordinator.
//
// Every request is idempotent and repeated until it is answered or its time is up, so an error is
// either final (fenced: the term is not the assigned one) or says that no leader answered in time.
// A late answer to an attempt that was given up is never delivered (W4).
#pragma once

#include <cstdint>
#include <string>

#include "nodes/proto/coordinator.pb.h"
#include "nodes/streaming/types.h"
#include "runtime/task.h"

namespace eyrie::streaming {

class Coordinator {
 public:
  Coordinator() = default;
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;
  virtual ~Coordinator() = default;

  // The first of `count` timestamps, all later than every one handed out before the call (W3).
  virtual Task<Result<Timestamp>> allocate_timestamps(std::string channel, WalTerm term,
                                                      std::int32_t count) = 0;
  // The first of `count` ids.
  virtual Task<Result<std::int64_t>> allocate_ids(std::int32_t count) = 0;
  virtual Task<Result<internal::RecoverResponse>> recover(std::string channel, WalTerm term) = 0;
  // The id of an attempt to upload, for one commit_flush(). It may be asked for again (S6).
  virtual Task<Result<std::int64_t>> begin_attempt(std::string channel, WalTerm term) = 0;
  virtual Task<Status> commit_flush(internal::CommitFlushRequest request) = 0;
  virtual Task<Status> commit_checkpoint(internal::CommitCheckpointRequest request) = 0;
  virtual Task<Status> report_channel(std::string channel, WalTerm term, std::string reason) = 0;
};

}  // namespace eyrie::streaming
