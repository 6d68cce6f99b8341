// ChannelTable: the channels that one incarnation of a node owns, and its answers to RPCs.
//
// A request finds its channel's owner, or is refused: not_leader if the channel is not here (the
// caller's route is old), fenced if the term is another one.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/streaming/channel_owner.h"
#include "nodes/wire/command_guard.h"
#include "runtime/metrics.h"
#include "runtime/rpc/server.h"
#include "runtime/task_group.h"

namespace eyrie::streaming {

class ChannelTable {
 public:
  explicit ChannelTable(const ChannelContext& context)
      : context_(context),
        commands_(context.options.command_subjects_max),
        reading_(context.environment.metrics,
                 [this](MetricSample& sample) { read_metrics(sample); }),
        group_(context.environment.executor) {}

  // Registers every "streaming.<Name>"; the server ends before this.
  void register_handlers(rpc::RpcServer& server);
  // Gives every channel up and waits for that.
  Task<void> stop();

  // Commands of the coordinator (T3).
  Result<internal::ChannelStateResponse> assign(const internal::AssignChannelRequest& request);
  Result<internal::ShardStateResponse> sync_target(const internal::SyncTargetRequest& request);
  Task<Result<internal::AppendDdlResponse>> append_ddl(internal::AppendDdlRequest request);

  Task<Result<internal::AppendResponse>> append(internal::AppendRequest request);
  Task<Result<internal::SealResponse>> seal(internal::SealRequest request);
  Task<Result<internal::SearchShardResponse>> search(internal::SearchShardRequest request,
                                                     MonotonicTime deadline);
  Task<Result<internal::QueryShardResponse>> query(internal::QueryShardRequest request,
                                                   MonotonicTime deadline);

 private:
  using ServingRef = std::shared_ptr<ServingChannel>;

  void read_metrics(MetricSample& sample) const;
  static Task<void> run_owner(std::shared_ptr<ChannelOwner> owner);
  Result<std::shared_ptr<ChannelOwner>> find(const std::string& channel) const;
  Result<ServingRef> find_serving(const std::string& channel, WalTerm term) const;

  ChannelContext context_;
  wire::CommandGuard commands_;
  MetricReading reading_;
  TaskGroup group_;
  std::map<std::string, std::shared_ptr<ChannelOwner>> owners_;
};

}  // namespace eyrie::streaming
