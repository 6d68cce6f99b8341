// What the operating system's error numbers mean to us.
#pragma once

#include <string>
#include <string_view>

#include "runtime/status.h"

namespace eyrie {

// "No space left on device"; thread-safe.
std::string posix_message(int error);
// For files: disk_full and not_found are certain, io_error leaves in doubt what was written.
Status posix_status(int error, std::string_view what);

}  // namespace eyrie
