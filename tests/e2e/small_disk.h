// SmallDisk: a file system of its own size, in memory, that a test can fill.
//
// A process beside the test mounts it where nobody else sees it: in namespaces of its own, so that
// neither root nor a device is needed, and nothing is left when it goes. Others reach it through
// that process's root. Machines that allow no such namespace have none of these.
#pragma once

#include <cstddef>
#include <string>

#include <sys/types.h>

namespace eyrie::test {

class SmallDisk {
 public:
  // Mounted over `folder`, which is empty and outlives it.
  SmallDisk(const std::string& folder, std::size_t megabytes);
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  // Why there is none; empty if there is one.
  const std::string& refusal() const { return refusal_; }
  // Where others find it.
  const std::string& path() const { return path_; }

  // Takes all that is free, in a file of its own.
  void fill();
  void make_room();

 private:
  std::string path_;
  std::string refusal_;
  pid_t holder_ = -1;
};

}  // namespace eyrie::test
