// What is repeated until it succeeds.
#pragma once

#include "runtime/status.h"

namespace eyrie::streaming {

// For requests that are idempotent: whether another attempt may end otherwise.
inline bool may_succeed_later(const Status& status) {
  return status.category() == Category::transient || status.category() == Category::unknown_outcome;
}

}  // namespace eyrie::streaming
