// AckedFile: the names of rows that are durable, one a line, written down after the server said so.
#pragma once

#include <fstream>
#include <string>

#include "runtime/status.h"

namespace eyrie::main {

class AckedFile {
 public:
  // Appends to what is there. An empty path: nothing is written down.
  static Result<AckedFile> open(const std::string& path);

  void add(const std::string& name);
  // What was added is in the file, so that it outlives this process. The first failure is every
  // later call's, too.
  Status flush();

 private:
  std::string path_;
  std::ofstream out_;
  std::string added_;  // since the last flush
  Status failure_;
};

}  // namespace eyrie::main
