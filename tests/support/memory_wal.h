// MemoryWal: a Wal whose durable state lives in the test, outside every machine.
//
// Appends take a drawn time each, overlap, and become durable strictly in order (W1, W6). The store
// says what goes wrong: appends that wait, that fail, that are lost or durable with an unknown
// outcome.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/environment.h"
#include "storage/seam/wal.h"

namespace eyrie::test {

enum class AppendFault : std::uint8_t {
  none,
  refuse,           // unavailable, certainly not applied
  disk_full,        // certainly not applied
  lose_unknown,     // unknown, not applied
  durable_unknown,  // unknown, applied
};

// What survives.
struct MemoryWalStore {
  struct Channel {
    storage::WalTerm term = 0;
    storage::WalPosition truncated = 0;      // positions at or below are gone
    std::vector<storage::WalEntry> entries;  // from truncated + 1 on
    std::vector<storage::WalEntry> history;  // everything that ever became durable
    storage::WalPosition end() const { return truncated + entries.size(); }
  };
  std::map<std::string, Channel> channels;

  Duration append_min = 500us;
  Duration append_max = 3ms;
  bool held = false;                  // appends wait before they become durable
  storage::WalPosition fault_at = 0;  // the append of this position meets the fault
  AppendFault fault = AppendFault::none;
  bool broken = false;  // writers have lost their service: an append fails and takes no position
};

class MemoryWal final : public storage::Wal {
 public:
  MemoryWal(Environment& environment, MemoryWalStore& store)
      : environment_(environment), store_(store), random_(environment.random.stream("wal")) {}

  Task<Result<std::unique_ptr<storage::WalWriter>>> open(std::string channel,
                                                         storage::WalTerm term) override;
  Task<Result<std::unique_ptr<storage::WalReader>>> read(std::string channel,
                                                         storage::WalPosition from) override;
  Task<Status> truncate(std::string channel, storage::WalTerm term,
                        storage::WalPosition to) override;

 private:
  class Writer;
  class Reader;

  Environment& environment_;
  MemoryWalStore& store_;
  Random random_;
};

}  // namespace eyrie::test
