#include "tests/support/memory_wal.h"

#include <utility>

#include "runtime/sync.h"

namespace eyrie::test {

class MemoryWal::Writer final : public storage::WalWriter {
 public:
  Writer(MemoryWal& wal, std::string channel, storage::WalTerm term)
      : wal_(wal),
        channel_(std::move(channel)),
        term_(term),
        next_(wal.store_.channels[channel_].end() + 1),
        settled_(next_ - 1) {}

  storage::WalPosition next_position() const override { return next_; }
  Task<Status> append(Bytes record) override {
    if (wal_.store_.broken) return refuse();
    const Duration delay(
        wal_.random_.between(to_ns(wal_.store_.append_min), to_ns(wal_.store_.append_max)));
    return append_at(next_++, std::move(record), delay);
  }
  Task<void> close() override {
    closed_ = true;
    co_return;
  }

 private:
  static Task<Status> refuse() { co_return Status(Code::unavailable, "the connection broke"); }
  Task<Status> append_at(storage::WalPosition position, Bytes record, Duration delay) {
    MemoryWalStore& store = wal_.store_;
    EYRIE_CO_RETURN_IF_ERROR(co_await wal_.environment_.clock.sleep_for(delay));
    while (store.held) {
      EYRIE_CO_RETURN_IF_ERROR(co_await wal_.environment_.clock.sleep_for(1ms));
    }
    while (settled_ + 1 < position && !failed_) {
      EYRIE_CO_RETURN_IF_ERROR(co_await settled_more_.wait());
    }
    const Status status = settle(position, std::move(record));
    settled_ = position;
    settled_more_.notify_all();
    // The way back.
    if (status.ok()) EYRIE_CO_RETURN_IF_ERROR(co_await wal_.environment_.clock.sleep_for(delay));
    co_return status;
  }

  Status settle(storage::WalPosition position, Bytes record) {
    MemoryWalStore& store = wal_.store_;
    MemoryWalStore::Channel& channel = store.channels[channel_];
    if (failed_ || closed_) return Status(Code::unavailable, "the writer has failed");
    if (channel.term != term_) {
      failed_ = true;
      return Status(Code::fenced, "a higher term is open");
    }
    const AppendFault fault = position == store.fault_at ? store.fault : AppendFault::none;
    if (fault == AppendFault::none || fault == AppendFault::durable_unknown) {
      EYRIE_CHECK(position == channel.end() + 1);
      channel.history.push_back({position, term_, record});
      channel.entries.push_back({position, term_, std::move(record)});
    }
    if (fault == AppendFault::none) return {};
    failed_ = true;
    if (fault == AppendFault::disk_full) return Status(Code::disk_full, "no space left");
    return fault == AppendFault::refuse ? Status(Code::unavailable, "refused")
                                        : Status(Code::unknown, "who knows");
  }

  MemoryWal& wal_;
  std::string channel_;
  storage::WalTerm term_;
  storage::WalPosition next_;
  storage::WalPosition settled_;
  bool failed_ = false;
  bool closed_ = false;
  Condition settled_more_;
};

class MemoryWal::Reader final : public storage::WalReader {
 public:
  Reader(MemoryWal& wal, std::string channel, storage::WalPosition from)
      : wal_(wal), channel_(std::move(channel)), next_(from) {}

  Task<Result<storage::WalEntry>> next() override {
    while (true) {
      const MemoryWalStore::Channel& channel = wal_.store_.channels[channel_];
      if (next_ <= channel.truncated) co_return fail(Code::out_of_range, "truncated");
      if (next_ <= channel.end()) co_return channel.entries[next_++ - channel.truncated - 1];
      EYRIE_CO_RETURN_IF_ERROR(co_await wal_.environment_.clock.sleep_for(1ms));
    }
  }

 private:
  MemoryWal& wal_;
  std::string channel_;
  storage::WalPosition next_;
};

Task<Result<std::unique_ptr<storage::WalWriter>>> MemoryWal::open(std::string channel,
                                                                  storage::WalTerm term) {
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(1ms));
  storage::WalTerm& newest = store_.channels[channel].term;
  if (term <= newest) co_return fail(Code::fenced, "the term is not higher");
  newest = term;
  co_return std::make_unique<Writer>(*this, std::move(channel), term);
}

Task<Result<std::unique_ptr<storage::WalReader>>> MemoryWal::read(std::string channel,
                                                                  storage::WalPosition from) {
  co_return std::make_unique<Reader>(*this, std::move(channel), from);
}

Task<Status> MemoryWal::truncate(std::string name, storage::WalTerm term, storage::WalPosition to) {
  MemoryWalStore::Channel& channel = store_.channels[name];
  if (channel.term != term) co_return Status(Code::fenced, "a higher term is open");
  while (channel.truncated < to && !channel.entries.empty()) {
    channel.entries.erase(channel.entries.begin());
    ++channel.truncated;
  }
  co_return Status();
}

}  // namespace eyrie::test
