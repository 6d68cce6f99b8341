#pragma once

#include "runtime/random.h"

namespace eyrie {

// A stream that no other process has: its seed comes from the operating system.
Random os_random();

}  // namespace eyrie
