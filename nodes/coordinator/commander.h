// Commander: sends the leader's commands to nodes (T3): numbered, and meant for one incarnation.
#pragma once

#include <utility>

#include "nodes/coordinator/node_directory.h"
#include "nodes/membership/election.h"
#include "nodes/proto/streaming.pb.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/pool.h"

namespace eyrie::coordinator {

class Commander {
 public:
  Commander(Environment& environment, rpc::ChannelPool& pool, const membership::Election& election)
      : environment_(environment), pool_(pool), election_(election) {}

  // Request has a field `command`, which is set here. Not repeated by itself.
  template <class Response, class Request>
  Task<Result<Response>> send(NodeInfo target, std::string method, Request request,
                              Duration timeout) {
    EYRIE_CO_TRY(rpc::ChannelLease channel, pool_.get(target.address));
    request.mutable_command()->set_leader_revision(election_.revision());
    request.mutable_command()->set_sequence(++sequence_);
    rpc::CallOptions options;
    options.deadline = environment_.clock.monotonic() + timeout;
    options.target_incarnation = target.incarnation;
    co_return co_await rpc::call<Response>(*channel, std::move(method), request, options);
  }

 private:
  Environment& environment_;
  rpc::ChannelPool& pool_;
  const membership::Election& election_;
  std::int64_t sequence_ = 0;
};

}  // namespace eyrie::coordinator
