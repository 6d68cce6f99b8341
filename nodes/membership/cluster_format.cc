#include "nodes/membership/cluster_format.h"

#include "runtime/plant.h"

namespace eyrie::membership {

std::int32_t ClusterFormat::writes() const {
  return EYRIE_PLANT(newer_format_before_raise, clusters_, reads());
}

void ClusterFormat::heard(std::int32_t format) {
  clusters_ = std::max(clusters_, format);
}

}  // namespace eyrie::membership
