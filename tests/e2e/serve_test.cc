// A standalone as its user meets it: rows go in, are found, and are still there after every end.
//
// Environment, for larger runs than a test of every day (README.md):
//   E2E_VECTORS  FILE: imports FILE.fvecs with FILE.words
//   E2E_KILLS    how often the server is killed in the middle of an import
//   E2E_BATCH    rows a batch
#include "tests/e2e/serve.h"

#include <csignal>
#include <cstdio>
#include <set>

#include <gtest/gtest.h>

#include "runtime/random.h"

namespace eyrie::test {
namespace {

constexpr std::size_t kBatchesAtOnce = 4;  // nodes/main/import.cc

TEST_F(Serve, RowsAreFoundAgainAfterAnOrderlyEnd) {
  ASSERT_TRUE(server_.start());
  const Finished imported = server_.run("import", import_arguments());
  ASSERT_EQ(imported.exit_code, 0) << imported.errors;
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_king_has_neighbours();
  EXPECT_EQ(server_.stop(), 0) << server_.program().errors();
  ASSERT_TRUE(server_.start());
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_rows(data_.names);
  expect_king_has_neighbours();
  const Finished json = server_.run("search", {"--like", "king", "--limit", "3", "--json"});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(json.out.find("{\"collection\":\"words\",\"like\":\"king\",\"nearest\":[{\"word\":"),
            0u)
      << json.out;
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(Serve, AnImportOutlivesAnOrderlyRestartOfItsServer) {
  const std::string acked = server_.folder() + "/acked";
  ASSERT_TRUE(server_.start());
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 4)) << "it ended too early";
  EXPECT_EQ(server_.stop(), 0) << server_.program().errors();
  ASSERT_TRUE(import.running());
  ASSERT_TRUE(server_.start());
  EXPECT_EQ(import.wait(), 0) << import.errors();
  EXPECT_EQ(read_lines(acked).size(), data_.names.size());
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  expect_rows(data_.names);
  EXPECT_EQ(server_.stop(), 0);
}

// Rows that a broken import may have sent: its batches go out in order, a few at once.
std::size_t sent_max(std::size_t acked, std::size_t batch, std::size_t rows) {
  return std::min(acked + kBatchesAtOnce * batch, rows);
}

TEST_F(Serve, EveryAcknowledgedRowSurvivesKillsInTheMiddleOfAnImport) {
  const std::size_t kills = std::stoul(setting("E2E_KILLS", "3"));
  const std::size_t rows = data_.names.size();
  Random random(20'261'123);
  std::set<std::string> durable;
  std::size_t sent = 0;
  ASSERT_TRUE(server_.start());
  for (std::size_t round = 1; round <= kills; ++round) {
    const std::string acked = server_.folder() + "/acked-" + std::to_string(round);
    Program import(server_.folder(), server_.command("import", import_arguments(acked)));
    const std::size_t at = rows / 20 + static_cast<std::size_t>(random.below(rows / 2));
    ASSERT_TRUE(wait_for_acked(import, acked, at)) << "round " << round << ": " << import.errors();
    server_.kill();
    import.signal(SIGKILL);
    EXPECT_EQ(import.wait(), 128 + SIGKILL);
    const std::vector<std::string> said = read_lines(acked);
    durable.insert(said.begin(), said.end());
    sent = std::max(sent, sent_max(said.size(), batch_, rows));
    ASSERT_TRUE(server_.start());
    const std::int64_t count = server_.count();
    EXPECT_GE(count, std::ssize(durable));
    EXPECT_LE(count, static_cast<std::int64_t>(sent));
    expect_rows({durable.begin(), durable.end()});
    std::printf("kill %zu at %zu acknowledged rows: %zu durable, %ld counted, %zu sent at most\n",
                round, said.size(), durable.size(), static_cast<long>(count), sent);
    std::fflush(stdout);
  }
  const Finished again = server_.run("import", import_arguments());
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(server_.count(), static_cast<std::int64_t>(rows));
  expect_rows(data_.names);
  expect_king_has_neighbours();
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(Serve, AnImportOutlivesAKillOfItsServer) {
  const std::string acked = server_.folder() + "/acked";
  ASSERT_TRUE(server_.start());
  Program import(server_.folder(), server_.command("import", import_arguments(acked)));
  ASSERT_TRUE(wait_for_acked(import, acked, data_.names.size() / 3)) << "it ended too early";
  server_.kill();
  ASSERT_TRUE(server_.start());
  EXPECT_EQ(import.wait(), 0) << import.errors();
  EXPECT_EQ(read_lines(acked).size(), data_.names.size());
  expect_rows(data_.names);
  EXPECT_EQ(server_.count(), std::ssize(data_.names));
  EXPECT_EQ(server_.stop(), 0);
}

}  // namespace
}  // namespace eyrie::test
