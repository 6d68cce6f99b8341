// What every Wal must do, whatever it is made of and whichever world it runs in. To instantiate:
//
//   INSTANTIATE_TEST_SUITE_P(Simulated, WalSuite, testing::Values(WalFactory{...}),
//                            name_of_wal_factory);
//
// in a file of a test that is linked with the cases.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/seam/wal.h"
#include "tests/storage/co_assert.h"
#include "tests/support/test_world.h"

namespace eyrie::storage::test {

// One implementation, on a machine of a world. The suite starts it, and stops it at the end.
class WalSubject {
 public:
  virtual ~WalSubject() = default;
  virtual Task<Status> start(Environment& environment) = 0;
  virtual Task<void> stop() = 0;
  virtual Wal& wal() = 0;
  // A second client of the same log, as another process has it; the same one where only one
  // process can have the log.
  virtual Wal& other() { return wal(); }
  // Afterwards the writer has failed, and the cause is gone.
  virtual Task<void> break_writer(Environment& environment, WalWriter& writer) = 0;
};

struct WalFactory {
  std::string name;
  eyrie::test::WorldFactory make_world;
  // May add machines for the servers that the log needs. The world outlives the subject.
  std::function<std::unique_ptr<WalSubject>(eyrie::test::TestWorld& world)> make_subject;
};

inline std::string name_of_wal_factory(const testing::TestParamInfo<WalFactory>& info) {
  return info.param.name;
}
inline void PrintTo(const WalFactory& factory, std::ostream* out) {
  *out << factory.name;
}

class WalSuite : public testing::TestWithParam<WalFactory> {
 protected:
  using Body = Task<void> (*)(Environment& environment, WalSubject& subject);

  void run(Body body) {
    const std::unique_ptr<eyrie::test::TestWorld> world = GetParam().make_world();
    const std::unique_ptr<WalSubject> subject = GetParam().make_subject(*world);
    world->run("client",
               [&](Environment& environment) { return run_body(environment, *subject, body); });
  }

 private:
  static Task<void> run_body(Environment& environment, WalSubject& subject, Body body) {
    EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
    co_await body(environment, subject);
    co_await subject.stop();
  }
};

}  // namespace eyrie::storage::test
