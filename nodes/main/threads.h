// How many threads a server of this machine computes on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>

namespace eyrie::main {

// A graph is built on one thread for a minute and more: searches must find another one.
inline std::size_t compute_threads() {
  return std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

}  // namespace eyrie::main
