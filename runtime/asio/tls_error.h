#pragma once

#include <string>

namespace eyrie {

// OpenSSL's oldest reason of this thread, in words; it and all others are forgotten.
std::string take_tls_error();

}  // namespace eyrie
