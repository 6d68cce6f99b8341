// Whether a server can have its address, before it does anything that rests on it.
#pragma once

#include <utility>

#include "runtime/network.h"

namespace eyrie::main {

// Listens, and ends at once. already_exists: another process does.
inline Task<Status> try_to_listen(Network& network, Address listen) {
  co_return status_of(co_await network.listen(std::move(listen)));
}

}  // namespace eyrie::main
