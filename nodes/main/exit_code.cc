#include "nodes/main/exit_code.h"

#include <cstdio>

#include <boost/json.hpp>

namespace eyrie::main {

int complain(int exit_code, const std::string& sentence) {
  std::fprintf(stderr, "eyrie: %s\n", sentence.c_str());
  return exit_code;
}

int finish(int exit_code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return exit_code;
  const int failed = complain(kExitEnvironment, "standard output cannot be written");
  return exit_code == kExitOk ? failed : exit_code;
}

void print_json(const Status& failure) {
  const boost::json::object page{{"error", std::string(name_of(failure.code()))},
                                 {"message", failure.message()},
                                 {"milvus_code", failure.milvus_code()}};
  std::printf("%s\n", boost::json::serialize(page).c_str());
}

int exit_code_of(const Status& status) {
  return status.category() == Category::caller ? kExitWrongUse : kExitEnvironment;
}

std::string sentence_of(const Status& status) {
  return status.message() + " (Milvus code " + std::to_string(status.milvus_code()) + ")";
}

}  // namespace eyrie::main
