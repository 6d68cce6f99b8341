#include <algorithm>

#include "nodes/proxy/handlers.h"

namespace eyrie::proxy {

namespace {

constexpr int kLogicalBits = 18;  // of a timestamp (PROTOCOL.md, T1)

}  // namespace

// What each level promises (R1, R2; research: milvus.md section 3).
Task<Result<Handlers::Guarantee>> Handlers::guarantee(milvus::proto::common::ConsistencyLevel level,
                                                      std::uint64_t client_timestamp) {
  namespace common = milvus::proto::common;
  switch (level) {
    case common::Strong: {
      EYRIE_CO_TRY(const std::uint64_t now, co_await timestamps_.fresh());
      co_return Guarantee{now, true};
    }
    case common::Bounded: {
      EYRIE_CO_TRY(const std::uint64_t now, co_await timestamps_.fresh());
      const auto stale = static_cast<std::uint64_t>(to_ms(options_.bounded_staleness))
                         << kLogicalBits;
      co_return Guarantee{std::max<std::uint64_t>(now, stale + 1) - stale, false};
    }
    case common::Session:
      co_return Guarantee{std::max<std::uint64_t>(client_timestamp, 1), false};
    case common::Customized:
      co_return Guarantee{std::max<std::uint64_t>(client_timestamp, 1), true};
    default:
      co_return Guarantee{1, false};
  }
}

}  // namespace eyrie::proxy
