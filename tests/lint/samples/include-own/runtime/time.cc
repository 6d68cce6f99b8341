#include <string>  // FIRES

#include "runtime/time.h"
