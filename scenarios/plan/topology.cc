#include "scenarios/plan/topology.h"

namespace eyrie::scenarios {

std::string machine_name(const std::string& role, std::size_t number) {
  return role + "-" + std::to_string(number);
}

}  // namespace eyrie::scenarios
