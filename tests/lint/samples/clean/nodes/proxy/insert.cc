#include "runtime/time.h"

namespace eyrie {

static std::string describe(int rows);

// lint: allow-lock the library calls back on a thread of its own, and posts from there
std::mutex mutex;

bool assertion(int count) { return count > 0; }

}  // namespace eyrie
