#include "runtime/time.h"
