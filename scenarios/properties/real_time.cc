#include "scenarios/properties/real_time.h"

#include <algorithm>

namespace eyrie::scenarios {

bool Admissible::version(std::int64_t seen) const {
  const auto wrote = [seen](const Write* write) {
    return write->makes_row() && write->version == seen;
  };
  return (newest_certain != nullptr && wrote(newest_certain)) ||
         std::ranges::any_of(possible, wrote);
}

bool Admissible::absent() const {
  if (newest_certain == nullptr || !newest_certain->makes_row()) return true;
  return std::ranges::any_of(possible, [](const Write* write) { return !write->makes_row(); });
}

bool Admissible::present() const {
  if (newest_certain != nullptr && newest_certain->makes_row()) return true;
  return std::ranges::any_of(possible, [](const Write* write) { return write->makes_row(); });
}

Admissible admissible(std::span<const Write> writes, const Operation& read) {
  Admissible result;
  for (const Write& write : writes) {
    if (write.invoked >= read.completed) break;
    if (write.returned < read.invoked) {
      result.newest_certain = &write;
    } else {
      result.possible.push_back(&write);
    }
  }
  return result;
}

}  // namespace eyrie::scenarios
