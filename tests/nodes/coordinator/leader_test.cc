// Leading: who was elected and cannot begin leaves it to others for a while.
#include <algorithm>

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "tests/nodes/coordinator/coordinator_world.h"

namespace eyrie::test {
namespace {

bool touches(const storage::Transaction& transaction, std::string_view prefix) {
  return std::ranges::any_of(transaction.then, [&](const storage::MetaOperation& operation) {
    return operation.range.key.starts_with(prefix);
  });
}

TEST(Leader, WhoCannotReadTheCatalogStandsAgainWithAGrowingPause) {
  CoordinatorWorld world;
  storage::Transaction damage;
  damage.then.push_back(storage::put_key(catalog::collection_key(5), "\xff\xff\xff"));
  ASSERT_TRUE(world.store.apply(damage).has_value());
  int elections = 0;
  world.store.fault = [&](const storage::Transaction& transaction) {
    const bool takes = touches(transaction, catalog::kLeaderKey) &&
                       transaction.then[0].kind == storage::MetaOperation::Kind::put;
    elections += takes ? 1 : 0;
    return CommitFault::none;
  };
  world.start_coordinator(1);
  world.run_for(60s);
  EXPECT_GE(elections, 10);
  EXPECT_LE(elections, 40);
}

}  // namespace
}  // namespace eyrie::test
