// How a term of the zero-disk log begins (W1, W6).
#pragma once

#include <string>

#include "storage/zero_disk/context.h"

namespace eyrie::storage {

// Persists the term, ends the segment that an older term may still write, and opens the term's own
// first segment. After it returned no block of an older term becomes part of the log.
//
// May be repeated with the same `opener` after a transient or unknown error. fenced: a term that is
// equal or higher was opened, or another opener has begun.
Task<Result<LogSegment>> open_channel(const ZeroDiskContext& context, std::string channel,
                                      WalTerm term, std::uint64_t opener);

}  // namespace eyrie::storage
