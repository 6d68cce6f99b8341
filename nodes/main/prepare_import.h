// What an import does before the first row: the collection is made if it is absent, found fit if it
// is there, and loaded.
#pragma once

#include <cstdint>

#include "nodes/main/server_call.h"

namespace eyrie::main {

// invalid_argument: the collection is there with another schema or dimension; says which.
Task<Status> prepare_collection(Environment& environment, client::Client& server,
                                std::string collection, std::int32_t dimension);

}  // namespace eyrie::main
