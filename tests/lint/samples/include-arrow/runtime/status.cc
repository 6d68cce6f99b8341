#include "runtime/status.h"

#include "sim/world.h"  // FIRES
