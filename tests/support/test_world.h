// TestWorld: where a conformance suite runs a seam's implementation. Each world gives machines with
// their environments and runs one task to its end; the suites never learn which world it is.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/environment.h"
#include "runtime/task.h"

namespace eyrie::test {

class TestWorld {
 public:
  virtual ~TestWorld() = default;

  // The environment of a machine, made on first use; valid as long as the world. In the real world
  // every machine is this process, with its own executor and its own folder.
  virtual Environment& machine(const std::string& name) = 0;
  // The host under which that machine is reached, for addresses.
  virtual std::string host(const std::string& machine_name) { return machine_name; }
  // Runs the body on that machine until it ends; fails the test if it does not within the world's
  // bound. May be called several times.
  virtual void run(const std::string& machine, std::function<Task<void>(Environment&)> body) = 0;
};

using WorldFactory = std::function<std::unique_ptr<TestWorld>()>;

}  // namespace eyrie::test
