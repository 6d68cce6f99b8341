#include "nodes/main/exit_code.h"

#include <cstdio>

namespace eyrie::main {

int complain(int exit_code, const std::string& sentence) {
  std::fprintf(stderr, "eyrie: %s\n", sentence.c_str());
  return exit_code;
}

int exit_code_of(const Status& status) {
  return status.category() == Category::caller ? kExitWrongUse : kExitEnvironment;
}

std::string sentence_of(const Status& status) {
  return status.message() + " (Milvus code " + std::to_string(status.milvus_code()) + ")";
}

}  // namespace eyrie::main
