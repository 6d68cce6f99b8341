#include "scenarios/main/planted.h"

#include <filesystem>
#include <string>
#include <unistd.h>

#include "scenarios/main/inputs.h"

namespace eyrie::scenarios {

int become_planted(char** arguments, bool json) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string planted = (self.parent_path() / "eyrie-sim-planted").string();
  execv(planted.c_str(), arguments);
  return report_failure(
      Status(Code::unavailable,
             planted + " is not there: ./x build makes it, of the target eyrie-sim-planted"),
      json);
}

}  // namespace eyrie::scenarios
