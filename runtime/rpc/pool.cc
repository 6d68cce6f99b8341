#include "runtime/rpc/pool.h"

#include <string>
#include <utility>

namespace eyrie::rpc {

struct ChannelLease::Entry {
  Entry(Environment& environment, const Address& address, const ChannelOptions& options)
      : executor(environment.executor), channel(environment, address, options) {}

  Executor& executor;
  RpcChannel channel;
  std::size_t leases = 0;
  std::uint64_t last_use = 0;
};

ChannelLease::ChannelLease(Entry& entry) : entry_(&entry), executor_(&entry.executor) {
  ++entry.leases;
}

ChannelLease::ChannelLease(ChannelLease&& other) noexcept
    : entry_(std::exchange(other.entry_, nullptr)), executor_(other.executor_) {}

ChannelLease::~ChannelLease() {
  // At a crash the pool may be gone before the lease.
  if (entry_ != nullptr && !executor_->stopped()) --entry_->leases;
}

RpcChannel& ChannelLease::operator*() const {
  return entry_->channel;
}

ChannelPool::ChannelPool(Environment& environment, ChannelOptions options, std::size_t channels_max)
    : environment_(environment),
      options_(std::move(options)),
      channels_max_(channels_max),
      group_(environment.executor) {
  EYRIE_CHECK(channels_max > 0);
}

ChannelPool::~ChannelPool() = default;

Result<ChannelLease> ChannelPool::get(const Address& address) {
  if (stopping_) return fail(Code::unavailable, "the channel pool is stopped");
  auto found = entries_.find(address);
  if (found == entries_.end()) {
    EYRIE_RETURN_IF_ERROR(make_room());
    auto entry = std::make_unique<Entry>(environment_, address, options_);
    found = entries_.emplace(address, std::move(entry)).first;
  }
  found->second->last_use = ++uses_;
  return ChannelLease(*found->second);
}

Status ChannelPool::make_room() {
  if (entries_.size() + retiring_ < channels_max_) return {};
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const bool unused = entry->second->leases == 0 && entry->second->channel.idle();
    if (!unused) continue;
    if (oldest == entries_.end() || entry->second->last_use < oldest->second->last_use) {
      oldest = entry;
    }
  }
  if (oldest == entries_.end()) {
    return Status(Code::resource_exhausted,
                  "channels_max: " + std::to_string(channels_max_) + " channels are in use");
  }
  ++retiring_;
  group_.spawn(retire(std::move(oldest->second)));
  entries_.erase(oldest);
  return {};
}

Task<void> ChannelPool::retire(std::unique_ptr<Entry> entry) {
  co_await entry->channel.stop();
  --retiring_;
}

Task<void> ChannelPool::stop() {
  stopping_ = true;
  for (auto& [address, entry] : entries_) group_.spawn(stop_channel(*entry));
  co_await group_.join();
}

Task<void> ChannelPool::stop_channel(Entry& entry) {
  co_await entry.channel.stop();
}

}  // namespace eyrie::rpc
