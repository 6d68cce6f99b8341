// An upload in parts: create, the parts several at a time, complete; abort if that fails.
#pragma once

#include <string>

#include "runtime/bytes.h"
#include "runtime/task.h"
#include "storage/s3/exchange.h"

namespace eyrie::storage::s3 {

// The object appears whole or not at all. The exchange outlives the task.
Task<Status> put_in_parts(Exchange& exchange, std::string key, Bytes data);

}  // namespace eyrie::storage::s3
