// ChannelPool: one RpcChannel for each address, so that a component dials a peer once.
//
// Bounded: a channel beyond the bound takes the place of the one that was unused longest; if all
// are in use, resource_exhausted. A ChannelLease keeps its channel alive and in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "runtime/environment.h"
#include "runtime/rpc/channel.h"
#include "runtime/rpc/types.h"
#include "runtime/task_group.h"

namespace eyrie::rpc {

class ChannelPool;

// The right to use a channel of the pool, given up by destruction. The pool outlives it.
class ChannelLease {
 public:
  ChannelLease(ChannelLease&& other) noexcept;
  ChannelLease& operator=(ChannelLease&&) = delete;
  ~ChannelLease();

  RpcChannel& operator*() const;
  RpcChannel* operator->() const { return &**this; }

 private:
  friend class ChannelPool;
  struct Entry;
  explicit ChannelLease(Entry& entry);

  Entry* entry_;
  Executor* executor_;
};

class ChannelPool {
 public:
  // channels_max > 0; every channel gets these options.
  ChannelPool(Environment& environment, ChannelOptions options, std::size_t channels_max);
  ChannelPool(const ChannelPool&) = delete;
  ChannelPool& operator=(const ChannelPool&) = delete;
  ~ChannelPool();

  // unavailable once stopped.
  Result<ChannelLease> get(const Address& address);
  std::size_t size() const { return entries_.size(); }

  // Stops every channel, so calls under way end, and waits for that. Leases may remain: their calls
  // are unavailable.
  Task<void> stop();

 private:
  using Entry = ChannelLease::Entry;

  // ok: one more channel fits, an unused one having been retired if need be.
  Status make_room();
  Task<void> retire(std::unique_ptr<Entry> entry);
  static Task<void> stop_channel(Entry& entry);

  Environment& environment_;
  ChannelOptions options_;
  std::size_t channels_max_;
  bool stopping_ = false;
  std::uint64_t uses_ = 0;
  std::size_t retiring_ = 0;  // channels on their way out
  std::map<Address, std::unique_ptr<Entry>> entries_;
  TaskGroup group_;
};

}  // namespace eyrie::rpc
