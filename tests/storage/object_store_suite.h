// What every ObjectStore must do, whatever it is made of and whichever world it runs in. To
// instantiate:
//
//   INSTANTIATE_TEST_SUITE_P(Simulated, ObjectStoreSuite, testing::Values(ObjectStoreFactory{...}),
//                            name_of_object_store_factory);
//
// in a file of a test that is linked with the cases.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/seam/object_store.h"
#include "tests/storage/co_assert.h"
#include "tests/support/test_world.h"

namespace eyrie::storage::test {

// One implementation, on a machine of a world. The suite starts it, and stops it at the end; a test
// may do both again in between. It begins empty.
class ObjectStoreSubject {
 public:
  virtual ~ObjectStoreSubject() = default;
  virtual Task<Status> start(Environment& environment) = 0;
  virtual Task<void> stop() = 0;
  virtual ObjectStore& store() = 0;
  // A second client of the same store, as another process has it; the same one where only one
  // process can have the store.
  virtual ObjectStore& other() { return store(); }
  // From about this size on an object may be written in several parts.
  virtual std::size_t large_bytes() const { return std::size_t{5} << 20; }
};

struct ObjectStoreFactory {
  std::string name;
  eyrie::test::WorldFactory make_world;
  // May add machines for the servers that the store needs. The world outlives the subject.
  std::function<std::unique_ptr<ObjectStoreSubject>(eyrie::test::TestWorld& world)> make_subject;
  // What this machine lacks for it; empty if nothing. A case is skipped then.
  std::function<std::string()> lacks = [] { return std::string(); };
};

inline std::string name_of_object_store_factory(
    const testing::TestParamInfo<ObjectStoreFactory>& info) {
  return info.param.name;
}
inline void PrintTo(const ObjectStoreFactory& factory, std::ostream* out) {
  *out << factory.name;
}

class ObjectStoreSuite : public testing::TestWithParam<ObjectStoreFactory> {
 protected:
  using Body = Task<void> (*)(Environment& environment, ObjectStoreSubject& subject);

  void run(Body body) {
    if (const std::string lacks = GetParam().lacks(); !lacks.empty()) GTEST_SKIP() << lacks;
    const std::unique_ptr<eyrie::test::TestWorld> world = GetParam().make_world();
    const std::unique_ptr<ObjectStoreSubject> subject = GetParam().make_subject(*world);
    world->run("client",
               [&](Environment& environment) { return run_body(environment, *subject, body); });
  }

 private:
  static Task<void> run_body(Environment& environment, ObjectStoreSubject& subject, Body body) {
    EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
    co_await body(environment, subject);
    co_await subject.stop();
  }
};

}  // namespace eyrie::storage::test
