#include <cassert>

static_assert(sizeof(int) == 4);

void step() { assert(true); }  // FIRES
