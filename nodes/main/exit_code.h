// How the commands of `eyrie` end.
#pragma once

#include <string>

#include "runtime/status.h"

namespace eyrie::main {

inline constexpr int kExitOk = 0;
inline constexpr int kExitWrongUse = 2;       // or wrong input
inline constexpr int kExitEnvironment = 5;    // port, disk, server, output
inline constexpr int kExitInterrupted = 130;  // as a shell says of SIGINT

// One sentence on standard error; returns the code.
int complain(int exit_code, const std::string& sentence);
// The code, and kExitEnvironment in place of kExitOk if what was printed could not be written.
int finish(int exit_code);
// The failure as one JSON object on standard output, beside the sentence for a person.
void print_json(const Status& failure);
// The caller's mistakes are wrong use; everything else is the environment's.
int exit_code_of(const Status& status);
// "collection 'words' is not loaded (Milvus code 101)".
std::string sentence_of(const Status& status);

}  // namespace eyrie::main
