#include "nodes/proxy/options.h"

namespace eyrie::proxy {

void apply(const Settings& settings, ProxyOptions& options) {
  membership::apply(settings, options);
  options.request_timeout = settings.get(settings::kRequestTimeout);
  options.drain_time_max = settings.get(settings::kDrainTime);
  options.bounded_staleness = settings.get(settings::kBoundedStaleness);
  options.limit_max = settings.get(settings::kLimitMax);
  options.keys_max = static_cast<std::size_t>(settings.get(settings::kKeysMax));
  options.rows_max = static_cast<std::size_t>(settings.get(settings::kRowsMax));
}

}  // namespace eyrie::proxy
