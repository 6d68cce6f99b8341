// A standalone as those see it who watch it: probes, and whoever collects metrics.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/e2e/refusal.h"
#include "tests/e2e/serve.h"
#include "tests/e2e/watch.h"

namespace eyrie::test {
namespace {

namespace fs = std::filesystem;

class Watched : public Serve {
 protected:
  // On a port that is free, which it says.
  void start(std::vector<std::string> settings = {}) {
    std::vector<std::string> arguments = server_.standalone_arguments();
    settings.push_back("node.http=127.0.0.1:0");
    for (const std::string& one : settings) arguments.insert(arguments.end(), {"--set", one});
    program_ = std::make_unique<Program>(server_.folder(), arguments);
    ASSERT_TRUE(program_->wait_for_out("ready")) << program_->errors();
    port_ = http_port_of(*program_);
    ASSERT_NE(port_, 0) << program_->out();
  }
  void stop() {
    program_->signal(SIGTERM);
    EXPECT_EQ(program_->wait(), 0) << program_->errors();
  }

  std::unique_ptr<Program> program_;
  std::uint16_t port_ = 0;
};

TEST_F(Watched, CountsWhatItDoes) {
  ASSERT_NO_FATAL_FAILURE(start());
  EXPECT_EQ(get(port_, "/livez").body, "ok\n");
  EXPECT_EQ(get(port_, "/readyz?verbose").body, "ok\n");
  EXPECT_EQ(get(port_, "/").status, 404);
  const Finished imported = server_.run("import", import_arguments());
  ASSERT_EQ(imported.exit_code, 0) << imported.errors;
  expect_king_has_neighbours();
  const Scrape seen = scrape(port_);
  expect_in_docs(seen);
  const auto rows = static_cast<double>(data_.names.size());
  EXPECT_EQ(sum_of(seen, "eyrie_proxy_rows_written_total", ""), rows);
  EXPECT_EQ(sum_of(seen, "eyrie_streaming_growing_rows", ""), rows);
  EXPECT_GT(sum_of(seen, "eyrie_streaming_growing_bytes", ""), rows);
  EXPECT_EQ(sum_of(seen, "eyrie_coordinator_is_leader", ""), 1);
  EXPECT_EQ(sum_of(seen, "eyrie_coordinator_channels_unserved", ""), 0);
  EXPECT_EQ(sum_of(seen, "eyrie_coordinator_collections", ""), 1);
  EXPECT_GE(sum_of(seen, "eyrie_proxy_requests_total",
                   R"(eyrie_proxy_requests_total{verb="Search",code="0"})"),
            1);
  EXPECT_GE(sum_of(seen, "eyrie_proxy_request_duration_seconds",
                   R"(eyrie_proxy_request_duration_seconds_count{verb="Search")"),
            1);
  EXPECT_GE(sum_of(seen, "eyrie_rpc_server_calls_total",
                   R"(eyrie_rpc_server_calls_total{method="streaming.Append",result="ok")"),
            1);
  EXPECT_GT(sum_of(seen, "eyrie_wal_appended_bytes_total", ""), rows);
  EXPECT_GT(sum_of(seen, "process_cpu_seconds_total", ""), 0);
  // A mistake of a client's is counted by its code.
  const Finished missing = run_program(
      server_.folder(),
      {"search", "--collection", "none", "--address", server_.address(), "--like", "king"});
  EXPECT_NE(missing.exit_code, 0);
  const Scrape later = scrape(port_);
  EXPECT_TRUE(std::ranges::any_of(
      later.at("eyrie_proxy_requests_total").samples,
      [](const auto& sample) { return sample.first.ends_with("code=\"100\"}"); }));
  stop();
}

TEST_F(Watched, SaysThatItStopsBeforeItDoes) {
  ASSERT_NO_FATAL_FAILURE(start({"node.stop_notice=15s"}));
  EXPECT_EQ(get(port_, "/readyz").status, 200);
  program_->signal(SIGTERM);
  PlainAnswer ready;
  for (int i = 0; i < 1'000 && ready.status != 503; ++i) ready = get(port_, "/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(ready.body, "it is asked to stop\n");
  // It still takes connections of clients, and lives.
  EXPECT_TRUE(PlainConnection(parse_address(server_.address())->port).connected());
  EXPECT_EQ(get(port_, "/livez").status, 200);
  EXPECT_EQ(program_->wait(), 0) << program_->errors();
  EXPECT_FALSE(PlainConnection(port_).connected());
}

// Its own folder is all that it needs: the one that it was started in may be gone.
TEST_F(Watched, TheFolderThatItWasStartedInIsNoneOfItsBusiness) {
  const std::string gone = server_.folder() + "/gone";
  const fs::path here = fs::current_path();
  fs::create_directory(gone);
  fs::current_path(gone);
  fs::remove(gone);
  start();
  fs::current_path(here);
  ASSERT_NE(port_, 0);
  EXPECT_EQ(get(port_, "/livez").status, 200);
  stop();
}

TEST_F(Watched, ServesNothingWhereItIsToldSo) {
  std::vector<std::string> arguments = server_.standalone_arguments();
  arguments.insert(arguments.end(), {"--set", "node.http="});
  Program program(server_.folder(), arguments);
  ASSERT_TRUE(program.wait_for_out("ready")) << program.errors();
  EXPECT_EQ(http_port_of(program), 0);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait(), 0);
}

TEST_F(Watched, AnAddressThatItCannotHaveIsNamed) {
  ASSERT_NO_FATAL_FAILURE(start());
  Server other;
  const std::string taken = "127.0.0.1:" + std::to_string(port_);
  const auto refused = [&](const std::string& http, int exit_code,
                           const std::vector<std::string>& parts) {
    std::vector<std::string> arguments = other.standalone_arguments();
    arguments.back() = "error";  // of --log-level
    arguments.insert(arguments.end(), {"--set", "node.http=" + http});
    expect_refusal(run_program(other.folder(), arguments), exit_code, parts);
  };
  refused(taken, kEnvironment, {taken + " (node.http) is in use by another process"});
  refused("192.0.2.1:80", kEnvironment, {"192.0.2.1:80 (node.http)", "no such address"});
  refused("here", kWrongUse, {"node.http", "here"});
  stop();
}

}  // namespace
}  // namespace eyrie::test
