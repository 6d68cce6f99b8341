// The files that eyrie-sim reads and writes on this machine, outside any world.
#pragma once

#include <string>
#include <vector>

#include "runtime/bytes.h"
#include "runtime/status.h"

namespace eyrie::scenarios {

// Any failure names the file and says why.
Result<Bytes> read_file(const std::string& path);
// Every scenario: scenarios/*.yaml, by name; not_found if there is none.
Result<std::vector<std::string>> scenario_files();
// Whole or not at all: a temporary name, then a rename; makes the folder. What is no regular file,
// such as a pipe, is written to as it is.
Status write_file(const std::string& path, BytesView content);
Status write_file(const std::string& folder, const std::string& name, BytesView content);

}  // namespace eyrie::scenarios
