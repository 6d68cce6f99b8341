#include "runtime/time.h"  // FIRES
#include "runtime/clock.h"
