// A cluster as its user meets it: processes on a real etcd and a real S3 store, of which some are
// killed and some are asked to go, while rows go in and are found.
#include "tests/e2e/cluster_case.h"

namespace eyrie::test {
namespace {

TEST_F(ClusterTest, LosesNothingWhenNodesAreKilled) {
  ASSERT_NO_FATAL_FAILURE(begin_all());
  ASSERT_NO_FATAL_FAILURE(import_all());
  expect_king_has_neighbours();
  for (int i = 0; i < kSearchesMax && !loaded_somewhere(); ++i) pause_ms(100);
  EXPECT_TRUE(loaded_somewhere());
  expect_watched();
  kill(members_["query"][0]);
  expect_search_comes_back();
  kill(leader());
  expect_search_comes_back();
  expect_rows(data_.names);
  // The other coordinator leads now: only a leader lets a new node serve.
  Member late = begin("query");
  expect_ready(late, "query");
  kill(members_["query"][1]);
  members_["query"].push_back(std::move(late));
  server_.use_address(members_["proxy"][1].address);
  expect_search_comes_back();
  expect_rows(data_.names);
  expect_orderly_ends();
}

// Leases outlast the test: whoever goes must say so, or nobody takes over.
TEST_F(ClusterTest, NodesThatGoUnderAnImportCostNoRowAndNoError) {
  write_settings("10m");
  ASSERT_NO_FATAL_FAILURE(begin_all());
  const std::string acked = server_.folder() + "/acked";
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 4)) << "it ended too early";
  for (Member* member : {&members_["streaming"][0], &leader()}) {
    member->program->signal(SIGTERM);
    EXPECT_EQ(member->program->wait(), 0) << member->program->errors();
  }
  EXPECT_EQ(import.wait(), 0) << import.errors();
  EXPECT_EQ(read_lines(acked).size(), data_.names.size());
  expect_search_comes_back();
  expect_rows(data_.names);
  expect_orderly_ends();
}

TEST_F(ClusterTest, ARestartFindsEverythingAgain) {
  ASSERT_NO_FATAL_FAILURE(begin_all());
  ASSERT_NO_FATAL_FAILURE(import_all());
  expect_orderly_ends();
  members_.clear();
  ASSERT_NO_FATAL_FAILURE(begin_all());
  expect_search_comes_back();
  expect_rows(data_.names);
  expect_orderly_ends();
}

TEST_F(ClusterTest, NodesTalkOverTlsToTheirOwnAlone) {
  const std::string in_the_clear = read_text(file());
  Authority authority(server_.folder(), "authority");
  write_tls(authority, "node");
  for (const char* role : {"coordinator", "proxy", "streaming", "query", "data"}) {
    members_[role].push_back(begin(role));
  }
  for (auto& [role, some] : members_) ASSERT_NO_FATAL_FAILURE(expect_ready(some[0], role));
  server_.use_address(members_["proxy"][0].address);
  ASSERT_NO_FATAL_FAILURE(import_all());
  expect_king_has_neighbours();
  expect_watched();
  // Whoever has no certificate: a client at a node's address, and a node that stays alone.
  Server lost;
  lost.use_address(members_["coordinator"][0].address);
  const Finished refused = lost.run("search", {"--like", "king"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_TRUE(refused.errors.contains("speaks TLS")) << refused.errors;
  write_text(file(), in_the_clear);
  for (const char* const role : {"proxy", "query", "data"}) {
    Member bare = begin(role);
    expect_ready(bare, role);
    const PlainAnswer alone = get(http_port_of(*bare.program), "/readyz");
    EXPECT_EQ(alone.status, 503) << role;
    EXPECT_TRUE(alone.body.contains("the coordinator does not answer")) << role << alone.body;
  }
  // Nor one of another authority.
  Authority stranger(server_.folder(), "stranger");
  write_tls(stranger, "strange");
  Member strange = begin("proxy");
  expect_ready(strange, "proxy");
  const PlainAnswer distrusted = get(http_port_of(*strange.program), "/readyz");
  EXPECT_EQ(distrusted.status, 503);
  EXPECT_TRUE(distrusted.body.contains("node.tls_ca_file")) << distrusted.body;
  expect_orderly_ends();
}

}  // namespace
}  // namespace eyrie::test
