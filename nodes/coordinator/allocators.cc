#include "nodes/coordinator/allocators.h"

#include <algorithm>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

namespace {

constexpr std::int64_t kIdsAhead = 1'000;
constexpr std::int64_t kFirstId = 1'000;
constexpr Duration kWindowCheckInterval = 500ms;

// A leader's clock that is so far behind the one before is told of.
constexpr Duration kClockToldBehind = 60s;
constexpr const char* kClockAdvice =
    "this machine's clock is so far behind the last leader's: set whichever is wrong; timestamps "
    "go on from where they were";

// The record under a key, or its default if the key is absent: the only case that is "fresh" (T1).
template <class Record>
Task<Result<Record>> read_or_fresh(storage::MetaStore& meta, std::string key) {
  EYRIE_CO_TRY(const storage::RangeResult found,
               co_await meta.range(storage::single_key(key), 0, 1));
  if (found.items.empty()) co_return Record();
  co_return catalog::decode_record<Record>(key, found.items[0].value);
}

}  // namespace

TimestampService::TimestampService(Environment& environment, LeaderCatalog& catalog,
                                   Duration window)
    : environment_(environment), catalog_(catalog), window_ms_(to_ms(window)) {}

Task<Status> TimestampService::start() {
  EYRIE_CO_TRY(const catalog::TimestampWindowRecord saved,
               co_await read_or_fresh<catalog::TimestampWindowRecord>(
                   catalog_.meta(), std::string(catalog::kTimestampWindowKey)));
  const WallTime wall = environment_.clock.wall();
  const std::int64_t behind_ms = saved.end_ms() - window_ms_ - to_ms(wall.time_since_epoch());
  if (behind_ms > to_ms(kClockToldBehind)) {
    emit(environment_.tracer, kClockBehind, behind_ms, kClockAdvice);
  }
  oracle_.emplace(wall, environment_.clock.monotonic(), saved.end_ms(), window_ms_);
  co_return co_await save_window();
}

Task<Status> TimestampService::save_window() {
  EYRIE_CO_RETURN_IF_ERROR(co_await saving_.acquire());
  const Permit permit(saving_);
  const MonotonicTime now = environment_.clock.monotonic();
  if (!oracle_->window_is_low(now)) co_return Status();  // somebody saved while we waited
  const std::int64_t end_ms = oracle_->next_window_end_ms(now);
  catalog::TimestampWindowRecord record;
  record.set_end_ms(EYRIE_PLANT(window_not_saved_ahead, end_ms, end_ms - window_ms_));
  EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit_apart(std::string(catalog::kTimestampWindowKey),
                                                          catalog::encode_record(record)));
  oracle_->window_saved(end_ms);
  co_return Status();
}

Task<void> TimestampService::keep_window() {
  while ((co_await environment_.clock.sleep_for(kWindowCheckInterval)).ok()) {
    // A failure is met again by whoever needs the window.
    if (oracle_->window_is_low(environment_.clock.monotonic())) (void)co_await save_window();
  }
}

Task<Result<Timestamp>> TimestampService::allocate(std::uint64_t count, std::string channel,
                                                   std::int64_t term) {
  if (count == 0 || count > (1ULL << kLogicalBits)) {
    co_return fail(Code::invalid_argument,
                   "a request for " + std::to_string(count) + " timestamps");
  }
  std::optional<Timestamp> first = oracle_->take(environment_.clock.monotonic(), count);
  while (!first) {
    EYRIE_CO_RETURN_IF_ERROR(co_await save_window());
    first = oracle_->take(environment_.clock.monotonic(), count);
  }
  // Last, with nothing awaited between this and the answer (T2, W3).
  EYRIE_CO_RETURN_IF_ERROR(catalog_.check_leading());
  if (!channel.empty()) EYRIE_CO_RETURN_IF_ERROR(catalog_.check_owner(channel, term));
  co_return *first;
}

Task<Status> IdService::start() {
  EYRIE_CO_TRY(const catalog::IdRecord saved, co_await read_or_fresh<catalog::IdRecord>(
                                                  catalog_.meta(), std::string(catalog::kIdKey)));
  next_ = saved_end_ = std::max(saved.next(), kFirstId);
  co_return Status();
}

Task<Result<std::int64_t>> IdService::allocate(std::int64_t count) {
  if (count < 1 || count > 1'000'000) {
    co_return fail(Code::invalid_argument, "a request for " + std::to_string(count) + " ids");
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await saving_.acquire());
  const Permit permit(saving_);
  if (next_ + count > saved_end_) {
    catalog::IdRecord record;
    record.set_next(next_ + count + kIdsAhead);
    EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit_apart(std::string(catalog::kIdKey),
                                                            catalog::encode_record(record)));
    saved_end_ = record.next();
  }
  emit(environment_.tracer, kIdsAllocated, next_, count);
  co_return std::exchange(next_, next_ + count);
}

}  // namespace eyrie::coordinator
