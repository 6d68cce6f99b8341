// The leader's services of timestamps (T1, T2, W3) and ids, saved ahead in the catalog.
#pragma once

#include <cstdint>
#include <string>

#include "nodes/coordinator/leader_catalog.h"
#include "nodes/coordinator/timestamp_oracle.h"

namespace eyrie::coordinator {

class TimestampService {
 public:
  // window: how far ahead of the clock it saves.
  TimestampService(Environment& environment, LeaderCatalog& catalog, Duration window);

  // Reads the saved window; the oracle starts above it.
  Task<Status> start();
  // Saves windows ahead until cancelled.
  Task<void> keep_window();

  // The first of `count` timestamps. channel and term: W3's refusal of older terms; empty: none.
  // not_leader unless nobody else can lead at the moment of the answer (T2).
  Task<Result<Timestamp>> allocate(std::uint64_t count, std::string channel, std::int64_t term);

 private:
  Task<Status> save_window();

  Environment& environment_;
  LeaderCatalog& catalog_;
  std::int64_t window_ms_;
  std::optional<TimestampOracle> oracle_;
  Semaphore saving_{1};
};

class IdService {
 public:
  IdService(Environment& environment, LeaderCatalog& catalog)
      : environment_(environment), catalog_(catalog) {}

  Task<Status> start();
  // The first of `count` ids that nobody else gets.
  Task<Result<std::int64_t>> allocate(std::int64_t count);

 private:
  Environment& environment_;
  LeaderCatalog& catalog_;
  std::int64_t next_ = 0;
  std::int64_t saved_end_ = 0;
  Semaphore saving_{1};
};

}  // namespace eyrie::coordinator
