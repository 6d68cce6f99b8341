#include "nodes/streaming/rpc_coordinator.h"

#include <utility>

namespace eyrie::streaming {

rpc::CallOptions RpcCoordinator::options() const {
  rpc::CallOptions options;
  options.deadline = clock_.monotonic() + timeout_;
  options.idempotent = true;
  return options;
}

Task<Result<Timestamp>> RpcCoordinator::allocate_timestamps(std::string channel, WalTerm term,
                                                            std::int32_t count) {
  internal::AllocateTimestampsRequest request;
  request.set_count(count);
  request.set_channel(std::move(channel));
  request.set_term(term);
  EYRIE_CO_TRY(const auto answer, co_await client_.call<internal::AllocateTimestampsResponse>(
                                      "coordinator.AllocateTimestamps", request, options()));
  co_return from_wire(answer.first());
}

Task<Result<std::int64_t>> RpcCoordinator::allocate_ids(std::int32_t count) {
  internal::AllocateIdsRequest request;
  request.set_count(count);
  EYRIE_CO_TRY(const auto answer, co_await client_.call<internal::AllocateIdsResponse>(
                                      "coordinator.AllocateIds", request, options()));
  co_return answer.first();
}

Task<Result<internal::RecoverResponse>> RpcCoordinator::recover(std::string channel, WalTerm term) {
  internal::RecoverRequest request;
  request.set_channel(std::move(channel));
  request.set_term(term);
  co_return co_await client_.call<internal::RecoverResponse>("coordinator.Recover", request,
                                                             options());
}

Task<Result<std::int64_t>> RpcCoordinator::begin_attempt(std::string channel, WalTerm term) {
  internal::BeginAttemptRequest request;
  request.set_channel(std::move(channel));
  request.set_term(term);
  EYRIE_CO_TRY(const auto answer, co_await client_.call<internal::BeginAttemptResponse>(
                                      "coordinator.BeginAttempt", request, options()));
  co_return answer.attempt_id();
}

Task<Status> RpcCoordinator::commit_flush(internal::CommitFlushRequest request) {
  co_return status_of(
      co_await client_.call<internal::Empty>("coordinator.CommitFlush", request, options()));
}

Task<Status> RpcCoordinator::commit_checkpoint(internal::CommitCheckpointRequest request) {
  co_return status_of(
      co_await client_.call<internal::Empty>("coordinator.CommitCheckpoint", request, options()));
}

Task<Status> RpcCoordinator::report_channel(std::string channel, WalTerm term, std::string reason) {
  internal::ReportChannelRequest request;
  request.set_channel(std::move(channel));
  request.set_term(term);
  request.set_reason(std::move(reason));
  co_return status_of(
      co_await client_.call<internal::Empty>("coordinator.ReportChannel", request, options()));
}

}  // namespace eyrie::streaming
