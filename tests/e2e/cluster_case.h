// ClusterTest: a cluster of processes on a real etcd and a real S3 store, one a test.
#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/cluster.h"
#include "tests/e2e/serve.h"
#include "tests/e2e/watch.h"
#include "tests/support/certificates.h"

namespace eyrie::test {

inline constexpr int kSearchesMax = 600;  // a tenth of a second between two

class ClusterTest : public Serve {
 protected:
  void SetUp() override {
    if (const std::string lacks = ClusterServers::missing(); !lacks.empty()) GTEST_SKIP() << lacks;
    servers_ = std::make_unique<ClusterServers>();
    servers_->make_bucket("words");
    write_settings("3s");
  }

  // What every node reads. Segments are small, so that query nodes have some soon.
  void write_settings(const std::string& lease) {
    const auto settings = servers_->settings("words");
    std::string text = "membership.lease: " + lease +
                       "\nstreaming.segment_rows_min: 500\nstreaming.segment_rows_max: 1000\n";
    for (const auto& [name, value] : settings) text += name + ": \"" + value + "\"\n";
    write_text(file(), text);
  }
  std::string file() const { return server_.folder() + "/eyrie.yaml"; }

  struct Member {
    std::unique_ptr<Program> program;
    std::string address;
  };

  // With a clock that is so many minutes ahead of the machine's.
  Member begin(const std::string& role, int minutes_ahead = 0) {
    Member member;
    member.address = free_address();
    if (minutes_ahead != 0) {
      ::setenv("WRONG_CLOCK_SECONDS", std::to_string(60 * minutes_ahead).c_str(), 1);
      ::setenv("LD_PRELOAD", EYRIE_WRONG_CLOCK, 1);
    }
    member.program = std::make_unique<Program>(
        server_.folder(),
        std::vector<std::string>{role, "--config", file(), "--listen", member.address, "--set",
                                 "node.http=127.0.0.1:0"});
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("WRONG_CLOCK_SECONDS");
    return member;
  }
  void expect_ready(Member& member, const std::string& role) {
    ASSERT_TRUE(member.program->wait_for_out(" listening at " + member.address))
        << member.program->errors();
    EXPECT_TRUE(member.program->out().starts_with("ready: " + role + " node "))
        << member.program->out();
  }

  // Two of each role but data.
  void begin_all() {
    for (const char* role : {"coordinator", "proxy", "streaming", "query", "coordinator", "proxy",
                             "streaming", "query", "data"}) {
      members_[role].push_back(begin(role));
    }
    for (auto& [role, some] : members_) {
      for (Member& member : some) ASSERT_NO_FATAL_FAILURE(expect_ready(member, role));
    }
    server_.use_address(members_["proxy"][0].address);
  }

  void kill(Member& member) {
    member.program->signal(SIGKILL);
    EXPECT_EQ(member.program->wait(), 128 + SIGKILL);
  }
  // Which leads; the other stands by.
  Member& leader() {
    std::vector<Member>& some = members_["coordinator"];
    const auto led = [](const Member& member) {
      return member.program->errors().contains("event=coordinator.leader_changed");
    };
    EXPECT_NE(led(some[0]), led(some[1]));
    return led(some[0]) ? some[0] : some[1];
  }
  // Found again, once the others have noticed who is gone.
  void expect_search_comes_back() {
    Finished found;
    for (int i = 0; i < kSearchesMax; ++i) {
      found = server_.run("search", {"--like", "king"});
      if (found.exit_code == 0) break;
      pause_ms(100);
    }
    EXPECT_EQ(found.exit_code, 0) << found.errors;
    expect_king_has_neighbours();
    EXPECT_EQ(server_.count(), std::ssize(data_.names));
  }
  // Every node is ready, and counts what its role does.
  void expect_watched() {
    const std::map<std::string, std::string> telling = {
        {"coordinator", "eyrie_coordinator_is_leader"},
        {"proxy", "eyrie_proxy_requests_total"},
        {"streaming", "eyrie_streaming_channels_served"},
        {"query", "eyrie_query_copies_loaded"},
        {"data", "eyrie_data_builds_running"}};
    double leaders = 0;
    for (auto& [role, some] : members_) {
      for (Member& member : some) {
        const std::uint16_t port = http_port_of(*member.program);
        EXPECT_EQ(get(port, "/livez").status, 200) << role;
        const PlainAnswer ready = get(port, "/readyz");
        EXPECT_EQ(ready.status, 200) << role << ": " << ready.body;
        const Scrape seen = scrape(port);
        expect_in_docs(seen);
        EXPECT_TRUE(seen.contains(telling.at(role))) << role;
        EXPECT_GE(sum_of(seen, "eyrie_meta_store_requests_total", ""), 1) << role;
        if (role == "coordinator") leaders += sum_of(seen, telling.at(role), "");
      }
    }
    EXPECT_EQ(leaders, 1);
  }
  // Every node that still runs ends as it should when it is asked to.
  void expect_orderly_ends() {
    for (auto& [role, some] : members_) {
      for (Member& member : some) {
        if (!member.program->running()) continue;
        member.program->signal(SIGTERM);
        EXPECT_EQ(member.program->wait(), 0) << role << ": " << member.program->errors();
      }
    }
  }
  void import_all() {
    const Finished imported = server_.run("import", import_arguments());
    ASSERT_EQ(imported.exit_code, 0) << imported.errors;
    EXPECT_EQ(server_.count(), std::ssize(data_.names));
  }
  // Some segment was flushed, indexed or not, and is searched by a query node.
  bool loaded_somewhere() {
    for (const Member& member : members_["query"]) {
      if (member.program->errors().contains("event=query.segment_loaded")) return true;
    }
    return false;
  }

  // What every node reads from now on.
  void write_tls(Authority& authority, const std::string& name) {
    const CertificateFiles files = authority.issue(name, {"127.0.0.1"});
    write_text(file(), read_text(file()) + "node.tls_ca_file: " + authority.certificate_file() +
                           "\nnode.tls_certificate_file: " + files.certificate +
                           "\nnode.tls_key_file: " + files.key + "\n");
  }

  std::unique_ptr<ClusterServers> servers_;
  std::map<std::string, std::vector<Member>> members_;
};

}  // namespace eyrie::test
