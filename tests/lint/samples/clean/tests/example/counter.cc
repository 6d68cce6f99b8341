#include "counter.h"

int count() {
  return 1;
}
