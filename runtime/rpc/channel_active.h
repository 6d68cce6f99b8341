// RpcChannel::Active, apart from the channel's face because only its implementation needs it.
#pragma once

#include <string>
#include <utility>

#include "runtime/rpc/channel.h"

namespace eyrie::rpc {

struct RpcChannel::Active : ListNode<RpcChannel::Active> {
  Active(Scope& parent, std::string name, CallOptions call_options)
      : scope(parent), method(std::move(name)), options(call_options) {}

  bool retries() const { return options.idempotent || options.token.valid(); }
  void leave() { unlink(); }

  Scope scope;
  std::string method;
  CallOptions options;
  bool may_have_run = false;
  IncarnationId may_have_run_at;
  bool answered = false;  // the last attempt, by the handler
};

}  // namespace eyrie::rpc
