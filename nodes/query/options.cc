#include "nodes/query/options.h"

namespace eyrie::query {

void apply(const Settings& settings, QueryOptions& options) {
  membership::apply(settings, options);
  options.copies_max = static_cast<std::size_t>(settings.get(settings::kSegmentsMax));
  options.loads_running_max = static_cast<std::size_t>(settings.get(settings::kLoadsMax));
  options.deletes_in_place_max =
      static_cast<std::size_t>(settings.get(settings::kDeletesInPlaceMax));
}

}  // namespace eyrie::query
