#include "nodes/membership/options.h"

#include "runtime/rpc/settings.h"

namespace eyrie::membership {

void apply(const Settings& settings, NodeOptions& options) {
  options.lease = lease_options(settings);
  rpc::apply(settings, options.server_limits);
  rpc::apply(settings, options.channel_options);
}

}  // namespace eyrie::membership
