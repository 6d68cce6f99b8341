// Encoded bytes. A message, a file's part, a stored object: all are one owned string of bytes.
#pragma once

#include <string>
#include <string_view>

namespace eyrie {

using Bytes = std::string;
using BytesView = std::string_view;

}  // namespace eyrie
