// A cluster of machines whose clocks are not alike.
#include <map>
#include <string>

#include "tests/e2e/cluster_case.h"

namespace eyrie::test {
namespace {

using ClusterClocks = ClusterTest;

// S3 refuses requests whose time is a quarter of an hour off, and timestamps never go back.
TEST_F(ClusterClocks, ThatAreTwentyMinutesOffAreTold) {
  for (const auto& [role, clock] : std::map<std::string, int>{
           {"coordinator", 20}, {"streaming", 20}, {"query", -20}, {"proxy", 0}, {"data", -20}}) {
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

}  // namespace
}  // namespace eyrie::test
