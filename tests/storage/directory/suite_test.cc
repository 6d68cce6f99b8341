#include "storage/directory/directory_object_store.h"
#include "tests/storage/object_store_suite.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage::test {
namespace {

class DirectorySubject final : public ObjectStoreSubject {
 public:
  Task<Status> start(Environment& environment) override {
    EYRIE_CO_TRY(store_, co_await DirectoryObjectStore::open(environment, "data/objects"));
    co_return Status();
  }
  Task<void> stop() override {
    co_await store_->close();
    store_.reset();
  }
  ObjectStore& store() override { return *store_; }

 private:
  std::unique_ptr<DirectoryObjectStore> store_;
};

ObjectStoreFactory directory_in(std::string name, eyrie::test::WorldFactory make_world) {
  return {std::move(name), std::move(make_world),
          [](eyrie::test::TestWorld&) { return std::make_unique<DirectorySubject>(); }};
}

INSTANTIATE_TEST_SUITE_P(Directory, ObjectStoreSuite,
                         testing::Values(directory_in("Manual", eyrie::test::manual_worlds()),
                                         directory_in("Simulated", eyrie::test::sim_worlds())),
                         name_of_object_store_factory);

}  // namespace
}  // namespace eyrie::storage::test
