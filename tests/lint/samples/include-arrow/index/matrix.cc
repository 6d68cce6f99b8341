#include "runtime/status.h"
#include "runtime/task.h"  // FIRES
