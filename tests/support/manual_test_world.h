// ManualTestWorld: a TestWorld without a scheduler: first in, first out, on disks that are as bad
// as allowed and crash when a test says so. Small and fast: crash tests run thousands of these.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/task_group.h"
#include "tests/runtime/manual_world.h"
#include "tests/support/memory_disk.h"
#include "tests/support/test_world.h"

namespace eyrie::test {

class ManualTestWorld final : public TestWorld {
 public:
  explicit ManualTestWorld(std::uint64_t seed);
  ~ManualTestWorld() override;

  Environment& machine(const std::string& name) override;
  void run(const std::string& machine, std::function<Task<void>(Environment&)> body) override;

  MemoryDisk& disk(const std::string& machine);
  // Drops everything that runs there, as a crash does, and starts anew with the disk as it is.
  void kill(const std::string& machine);
  // The same, and the disk loses what a power cut may take.
  void cut_power(const std::string& machine);

 private:
  class Machine;

  Machine& find(const std::string& name);

  std::uint64_t seed_;
  std::map<std::string, std::unique_ptr<Machine>> machines_;
};

WorldFactory manual_worlds(std::uint64_t seed = 1);

}  // namespace eyrie::test
