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
// Whole or not at all: a temporary name, then a rename. What is no regular file, such as a pipe, is
// written to as it is.
Status write_file(const std::string& path, BytesView content);
// Makes the folder, which is ours to fill.
Status write_file(const std::string& folder, const std::string& name, BytesView content);
// not_found, unless the folder of a file that a person wants is there, or no file is wanted.
Status check_folder_of(const std::string& path);

}  // namespace eyrie::scenarios
