// What the suites of the seams share: a world for each test, and one machine to run on.
//
// A suite is written against its seam's contract alone. A binary lists the suites' sources and
// instantiates each for its world:
//   INSTANTIATE_TEST_SUITE_P(Real, ClockSuite, testing::Values(NamedWorld{"asio", real_worlds()}),
//                            name_of_world);
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/test_world.h"

namespace eyrie::test {

struct NamedWorld {
  std::string name;
  WorldFactory make;

  friend void PrintTo(const NamedWorld& world, std::ostream* out) { *out << world.name; }
};

inline std::string name_of_world(const testing::TestParamInfo<NamedWorld>& info) {
  return info.param.name;
}

class SeamSuite : public testing::TestWithParam<NamedWorld> {
 protected:
  // Bodies are coroutine functions, or plain functions that return one's task.
  using Body = std::function<Task<void>(Environment&)>;
  void run(Body body) { run_on("alone", std::move(body)); }
  void run_on(const std::string& machine, Body body) { world->run(machine, std::move(body)); }

  const std::unique_ptr<TestWorld> world = GetParam().make();
};

class ClockSuite : public SeamSuite {};
class ExecutorSuite : public SeamSuite {};
class DiskSuite : public SeamSuite {};
class NetworkSuite : public SeamSuite {};

}  // namespace eyrie::test
