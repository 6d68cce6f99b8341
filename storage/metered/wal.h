// MeteredWal: another Wal, whose appends and other requests are counted. What is read of it is not.
#pragma once

#include "runtime/environment.h"
#include "storage/metered/requests.h"
#include "storage/seam/wal.h"

namespace eyrie::storage {

class MeteredWal final : public Wal {
 public:
  // Borrows both. Outlives its writers.
  MeteredWal(Environment& environment, Wal& wal);

  Task<Result<std::unique_ptr<WalWriter>>> open(std::string channel, WalTerm term) override;
  Task<Result<std::unique_ptr<WalReader>>> read(std::string channel, WalPosition from) override;
  Task<Status> truncate(std::string channel, WalTerm term, WalPosition to) override;

 private:
  class Writer;

  Wal& wal_;
  Requests open_;
  Requests append_;
  Requests truncate_;
  Counter& appended_bytes_;
};

}  // namespace eyrie::storage
