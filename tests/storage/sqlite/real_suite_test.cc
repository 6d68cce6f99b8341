// The suite on SQLite over the POSIX disk.
#include "tests/storage/meta_store_suite.h"
#include "tests/storage/sqlite/sqlite_holder.h"
#include "tests/support/real_world.h"

namespace eyrie::test {
namespace {

INSTANTIATE_TEST_SUITE_P(RealSqlite, MetaStoreSuite,
                         testing::Values(sqlite_in("Real", real_worlds())), name_of_param);

}  // namespace
}  // namespace eyrie::test
