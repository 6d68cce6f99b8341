#include "storage/sqlite/sqlite_meta_store.h"
#include "tests/storage/meta_store_suite.h"
#include "tests/storage/sqlite/sqlite_holder.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/sim_world.h"

namespace eyrie::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, MetaStoreSuite,
                         testing::Values(sqlite_in("Manual", manual_worlds()),
                                         sqlite_in("Simulated", sim_worlds())),
                         name_of_param);

}  // namespace
}  // namespace eyrie::test
