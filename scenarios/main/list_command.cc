#include <cstdio>

#include "scenarios/main/commands.h"

namespace eyrie::scenarios {

int command_list() {
  for (const faults::FaultKind& kind : faults::fault_kinds()) {
    std::printf("%-28s %s\n", kind.name.c_str(), kind.cause.c_str());
  }
  return 0;
}

}  // namespace eyrie::scenarios
