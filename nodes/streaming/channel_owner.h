// ChannelOwner: owns a physical channel in one term: opens it, recovers it, serves it, gives it up.
//
//   OPENING -> SERVING -> FAILED, or from any state to released by request_stop().
//
// Opening is the compare-and-swap of W1, then the coordinator's metadata, then the replay of the
// log from the checkpoint. Everything transient is repeated; what cannot succeed in this term
// (fenced, an append of unknown outcome, a damaged log) makes it FAILED for good and is reported,
// so that the coordinator assigns the channel anew.
#pragma once

#include <memory>
#include <string>

#include "nodes/streaming/recovery.h"
#include "nodes/streaming/serving_channel.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::streaming {

class ChannelOwner {
 public:
  ChannelOwner(const ChannelContext& context, std::string channel, WalTerm term)
      : context_(context), channel_(std::move(channel)), term_(term) {}
  ChannelOwner(const ChannelOwner&) = delete;
  ChannelOwner& operator=(const ChannelOwner&) = delete;

  // Until it has failed and said so, or is stopped. Once.
  Task<void> run();
  void request_stop();

  WalTerm term() const { return term_; }
  internal::ChannelStateResponse state() const;
  // fenced: the request names another term. unavailable: it does not serve now; the message says
  // whether it is being recovered, was given up or is being stopped, and what is in the way.
  Result<std::shared_ptr<ServingChannel>> serving(WalTerm term) const;
  // For reads, which name no term.
  Result<std::shared_ptr<ServingChannel>> serving() const;

 private:
  Task<Status> open_and_serve();
  Task<Result<std::unique_ptr<storage::WalWriter>>> open_log();
  Task<Result<internal::RecoverResponse>> read_metadata();
  Task<Result<std::unique_ptr<ChannelState>>> replay(const internal::RecoverResponse& base,
                                                     WalPosition end);
  Task<Status> read_records(Recovery& recovery, WalPosition end);
  // Remembers what went wrong, and waits as long before the next attempt.
  Task<Status> pause(Duration length, Status status);
  rpc::BackOff back_off(std::string_view name) const;
  Task<void> report();

  ChannelContext context_;
  std::string channel_;
  WalTerm term_;
  internal::ChannelState state_ = internal::CHANNEL_OPENING;
  std::string reason_;   // why it has failed
  std::string trouble_;  // what the step of opening that is being repeated failed with
  bool stopping_ = false;
  Scope* scope_ = nullptr;  // of run()'s body while it runs
  std::shared_ptr<ServingChannel> serving_;
};

}  // namespace eyrie::streaming
