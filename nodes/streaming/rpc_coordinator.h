// RpcCoordinator: the Coordinator behind nodes/membership's client.
#pragma once

#include "nodes/membership/coordinator_client.h"
#include "nodes/streaming/coordinator.h"

namespace eyrie::streaming {

class RpcCoordinator final : public Coordinator {
 public:
  // `timeout` bounds each request with its repetitions. The client outlives this.
  RpcCoordinator(Clock& clock, membership::CoordinatorClient& client, Duration timeout)
      : clock_(clock), client_(client), timeout_(timeout) {}

  Task<Result<Timestamp>> allocate_timestamps(std::string channel, WalTerm term,
                                              std::int32_t count) override;
  Task<Result<std::int64_t>> allocate_ids(std::int32_t count) override;
  Task<Result<internal::RecoverResponse>> recover(std::string channel, WalTerm term) override;
  Task<Result<std::int64_t>> begin_attempt(std::string channel, WalTerm term) override;
  Task<Status> commit_flush(internal::CommitFlushRequest request) override;
  Task<Status> commit_checkpoint(internal::CommitCheckpointRequest request) override;
  Task<Status> report_channel(std::string channel, WalTerm term, std::string reason) override;

 private:
  rpc::CallOptions options() const;

  Clock& clock_;
  membership::CoordinatorClient& client_;
  Duration timeout_;
};

}  // namespace eyrie::streaming
