#include "scenarios/main/planted.h"

#include <cstdio>
#include <filesystem>
#include <string>
#include <unistd.h>

#include "runtime/status.h"

namespace eyrie::scenarios {

int become_planted(char** arguments, bool json) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string planted = (self.parent_path() / "eyrie-sim-planted").string();
  execv(planted.c_str(), arguments);
  std::fprintf(stderr, "eyrie-sim: %s is not there: build the target eyrie-sim-planted\n",
               planted.c_str());
  if (json) std::printf("{\"error\":\"%s\"}\n", std::string(name_of(Code::unavailable)).c_str());
  return 5;
}

}  // namespace eyrie::scenarios
