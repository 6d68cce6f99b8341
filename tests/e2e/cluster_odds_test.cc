// A cluster on machines and stores that are not as they should be: each says so in a sentence,
// loses nothing and goes on.
#include <unistd.h>

#include "tests/e2e/cluster_case.h"

namespace eyrie::test {
namespace {

using ClusterOdds = ClusterTest;

// S3 refuses requests whose time is a quarter of an hour off, and timestamps never go back.
TEST_F(ClusterOdds, ClocksThatAreTwentyMinutesOffAreTold) {
  if (::access(kFakeTime, R_OK) != 0)
    GTEST_SKIP() << "no libfaketime here: apt-get install faketime";
  for (const auto& [role, clock] : std::map<std::string, std::string>{{"coordinator", "+20m"},
                                                                      {"streaming", "+20m"},
                                                                      {"query", "-20m"},
                                                                      {"proxy", ""},
                                                                      {"data", "-20m"}}) {
    members_[role].push_back(begin(role, clock));
  }
  for (auto& [role, some] : members_) ASSERT_NO_FATAL_FAILURE(expect_ready(some[0], role));
  server_.use_address(members_["proxy"][0].address);
  ASSERT_NO_FATAL_FAILURE(import_all());
  expect_king_has_neighbours();
  for (int i = 0; i < kSearchesMax && !loaded_somewhere(); ++i) pause_ms(100);
  EXPECT_TRUE(loaded_somewhere());
  for (const char* role : {"streaming", "query"}) {
    EXPECT_TRUE(members_[role][0].program->wait_for_errors("the clock of s3.endpoint")) << role;
  }
  Member late = begin("coordinator");
  expect_ready(late, "coordinator");
  kill(members_["coordinator"][0]);
  members_["coordinator"].push_back(std::move(late));
  expect_search_comes_back();
  EXPECT_TRUE(members_["coordinator"][1].program->wait_for_errors("behind the last leader's"));
  expect_rows(data_.names);
  expect_orderly_ends();
}

TEST_F(ClusterOdds, AFullStoreRefusesRowsInASentenceAndTakesThemOnceThereIsRoom) {
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
