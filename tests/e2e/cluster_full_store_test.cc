// A cluster on an object store that takes no more: it says so in a sentence, loses nothing and goes
// on once there is room.
#include "tests/e2e/cluster_case.h"

namespace eyrie::test {
namespace {

using ClusterFullStore = ClusterTest;

TEST_F(ClusterFullStore, RefusesRowsInASentenceAndTakesThemOnceThereIsRoom) {
  ASSERT_NO_FATAL_FAILURE(begin_all());
  const std::string acked = server_.folder() + "/acked";
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 4)) << "it ended too early";
  import.signal(SIGSTOP);
  servers_->fill_store();
  import.signal(SIGCONT);
  const Status said = server_.upsert("row-of-a-full-store", data_.rows.at("king"));
  ASSERT_FALSE(said.ok());
  EXPECT_TRUE(said.message().contains("QuotaExceeded")) << said;
  EXPECT_TRUE(import.running()) << import.errors();
  servers_->make_room_in_store();
  EXPECT_EQ(import.wait(), 0) << import.errors();
  EXPECT_EQ(read_lines(acked).size(), data_.names.size());
  expect_search_comes_back();
  expect_rows(data_.names);
  expect_orderly_ends();
}

}  // namespace
}  // namespace eyrie::test
