#include "runtime/asio/os_random.h"

#include <sys/random.h>

namespace eyrie {

Random os_random() {
  std::uint64_t seed = 0;
  // Up to 256 bytes the kernel gives whole, once it has entropy.
  EYRIE_CHECK(getrandom(&seed, sizeof seed, 0) == sizeof seed, "the system has no randomness");
  return Random(seed);
}

}  // namespace eyrie
