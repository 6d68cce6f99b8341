#include "nodes/proxy/guarantee.h"

#include <algorithm>

#include "nodes/proxy/handlers.h"
#include "nodes/wire/consistency.h"
#include "nodes/wire/timestamp.h"
#include "runtime/combine.h"

namespace eyrie::proxy {

namespace common = milvus::proto::common;

bool needs_fresh(common::ConsistencyLevel level) {
  return level == common::Strong || level == common::Bounded;
}

Result<Guarantee> guarantee_of(common::ConsistencyLevel level, std::uint64_t fresh,
                               std::uint64_t client_timestamp, Duration bounded_staleness) {
  EYRIE_RETURN_IF_ERROR(wire::check_consistency_level(level));
  const std::uint64_t stale = wire::timestamp_span(bounded_staleness);
  switch (level) {
    case common::Strong:
      return Guarantee{fresh, true};
    case common::Bounded:
      return Guarantee{fresh > stale ? fresh - stale : 1, false};
    case common::Session:
      return Guarantee{std::max<std::uint64_t>(client_timestamp, 1), false};
    case common::Customized:
      return Guarantee{std::max<std::uint64_t>(client_timestamp, 1), true};
    default:  // Eventually
      return Guarantee{1, false};
  }
}

Status check_guarantee(std::uint64_t timestamp, std::uint64_t now, Duration ahead_max) {
  if (timestamp <= now || timestamp - now <= wire::timestamp_span(ahead_max)) return {};
  return Status(Code::invalid_argument, "guarantee timestamp " + std::to_string(timestamp) +
                                            " is more than " + std::to_string(to_ms(ahead_max)) +
                                            " ms (guarantee_ahead_max) later than now, " +
                                            std::to_string(now));
}

Task<Result<Guarantee>> Handlers::guarantee(common::ConsistencyLevel level,
                                            std::uint64_t client_timestamp,
                                            MonotonicTime deadline) {
  std::uint64_t fresh = 0;
  if (needs_fresh(level)) {
    EYRIE_CO_TRY(fresh, co_await with_deadline(environment_.clock, deadline, timestamps_.fresh()));
  }
  EYRIE_CO_TRY(const Guarantee promised,
               guarantee_of(level, fresh, client_timestamp, options_.bounded_staleness));
  if (needs_fresh(level)) co_return promised;
  const Duration ahead = options_.guarantee_ahead_max;
  if (check_guarantee(promised.timestamp, timestamps_.estimate(), ahead).ok()) co_return promised;
  // The estimate may be behind; only the coordinator knows.
  EYRIE_CO_TRY(const std::uint64_t now,
               co_await with_deadline(environment_.clock, deadline, timestamps_.fresh()));
  EYRIE_CO_RETURN_IF_ERROR(check_guarantee(promised.timestamp, now, ahead));
  co_return promised;
}

}  // namespace eyrie::proxy
