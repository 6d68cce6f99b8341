// What a node of a cluster says where it cannot begin, and what it waits for.
#include <csignal>
#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

#include "tests/e2e/cluster.h"
#include "tests/e2e/refusal.h"
#include "tests/support/certificates.h"

namespace eyrie::test {
namespace {

using Settings = ClusterServers::Settings;

class ClusterRefusal : public testing::Test {
 protected:
  // One etcd and one S3 store for all cases: they take their time to come up.
  static void SetUpTestSuite() {
    if (!ClusterServers::missing().empty()) return;
    servers_.emplace();
    servers_->make_bucket("words");
  }
  static void TearDownTestSuite() { servers_.reset(); }
  void SetUp() override {
    if (!servers_) GTEST_SKIP() << ClusterServers::missing();
    settings_ = servers_->settings("words");
  }

  // A query node with these settings says all of this and ends so; it never says the secret.
  void refused(int exit_code, const std::vector<std::string>& parts) {
    const Finished finished =
        run_program(folder_.path(), role_command("query", listen_, settings_));
    expect_refusal(finished, exit_code, parts);
    EXPECT_EQ(finished.errors.find(settings_["s3.secret_key"]), std::string::npos)
        << finished.errors;
    EXPECT_EQ(finished.out, "");
  }
  Program begin(const std::string& role, const std::string& listen) {
    return Program(folder_.path(), role_command(role, listen, settings_));
  }

  static std::optional<ClusterServers> servers_;
  TemporaryFolder folder_;
  Settings settings_;
  std::string listen_ = free_address();
};

std::optional<ClusterServers> ClusterRefusal::servers_;

TEST_F(ClusterRefusal, ABucketThatIsNotThere) {
  settings_["s3.bucket"] = "numbers";
  refused(kEnvironment, {"bucket 'numbers' (s3.bucket) does not exist at " + servers_->s3()});
}

TEST_F(ClusterRefusal, KeysThatAreWrong) {
  settings_["s3.secret_key"] = "wrong-secret";
  refused(kEnvironment, {servers_->s3() + " (s3.endpoint)", "s3.access_key", "s3.secret_key"});
  settings_["s3.secret_key"] = "testing-the-other";
  settings_["s3.access_key"] = "nobody";
  refused(kEnvironment, {servers_->s3() + " (s3.endpoint)", "s3.access_key", "s3.secret_key"});
}

TEST_F(ClusterRefusal, AnEtcdThatIsNone) {
  settings_["etcd.endpoints"] = servers_->s3();
  refused(kEnvironment, {"etcd at " + servers_->s3() + " (etcd.endpoints): it is no etcd server"});
}

TEST_F(ClusterRefusal, SettingsThatCannotBe) {
  const auto wrong = [this](const std::string& name, const std::string& value,
                            const std::vector<std::string>& parts) {
    settings_ = servers_->settings("words");
    settings_[name] = value;
    refused(kWrongUse, parts);
  };
  for (const char* const one : {"node.tls_ca_file", "node.tls_key_file"}) {
    wrong(one, "/some/file", {"node.tls_certificate_file", "it is not set", "goes together"});
  }
  wrong("node.tls_name", "eyrie", {"node.tls_ca_file: it is not set"});
  wrong("s3.bucket", "", {"s3.bucket: it must be set"});
  wrong("s3.bucket", "a/b", {"s3.bucket: 'a/b' is no name"});
  wrong("s3.endpoint", "", {"s3.endpoint: it must be set"});
  wrong("s3.endpoint", "s3", {"s3.endpoint: 's3' is not an address"});
  wrong("etcd.endpoints", "a:1,,b:2", {"etcd.endpoints: '' is not an address"});
  wrong("etcd.endpoints", "a:1, a:1", {"etcd.endpoints: 'a:1' is named twice"});
  wrong("node.advertise", "0.0.0.0:1", {"node.advertise: '0.0.0.0:1' is nowhere"});
  wrong("node.advertise", "here:0", {"node.advertise: 'here:0' has no port"});
  wrong("cluster.name", "", {"cluster.name: it must not be empty"});
  wrong("etcd.tls", "true", {"etcd.tls_ca_file is needed"});
  wrong("s3.tls", "yes", {"s3.tls"});
  listen_ = "0.0.0.0:19531";
  wrong("node.advertise", "", {"node.listen: '0.0.0.0:19531'", "node.advertise must say"});
}

// What a node would refuse at its start, asked without starting one.
TEST_F(ClusterRefusal, CheckConfigReadsTheFilesAndTheHttpAddress) {
  Authority authority(folder_.path(), "authority");
  const CertificateFiles files = authority.issue("node", {"127.0.0.1"});
  const CertificateFiles other = authority.issue("other", {"127.0.0.1"});
  write_text(folder_.path() + "/none.pem", "no certificate\n");
  const Settings good = {{"node.tls_ca_file", authority.certificate_file()},
                         {"node.tls_certificate_file", files.certificate},
                         {"node.tls_key_file", files.key},
                         {"node.http", "127.0.0.1:9091"}};
  const auto check = [&](const std::string& name, const std::string& value) {
    Settings changed = settings_;
    changed.insert(good.begin(), good.end());
    changed[name] = value;
    std::vector<std::string> words = {"status", "--check-config"};
    for (const auto& [key, one] : changed) words.insert(words.end(), {"--set", key + "=" + one});
    return run_program(folder_.path(), words);
  };
  const Finished fit = check("node.tls_name", "node");
  EXPECT_EQ(fit.exit_code, 0) << fit.errors;
  EXPECT_EQ(fit.errors, "");
  const std::string nowhere = folder_.path() + "/nowhere.pem";
  for (const char* const name :
       {"node.tls_ca_file", "node.tls_certificate_file", "node.tls_key_file"}) {
    expect_refusal(check(name, nowhere), kWrongUse, {name, nowhere});
    expect_refusal(check(name, folder_.path() + "/none.pem"), kWrongUse, {name, "none.pem"});
  }
  expect_refusal(check("node.tls_key_file", other.key), kWrongUse, {"node.tls_key_file"});
  expect_refusal(check("node.http", "here"), kWrongUse, {"node.http", "here"});
}

TEST_F(ClusterRefusal, ASecretUnderAMisspeltNameIsNotRepeated) {
  settings_["s3.secret_kee"] = "hunter2";
  const Finished finished = run_program(folder_.path(), role_command("query", listen_, settings_));
  expect_refusal(finished, kWrongUse, {"the nearest is s3.secret_key"});
  EXPECT_EQ(finished.errors.find("hunter2"), std::string::npos) << finished.errors;
}

TEST_F(ClusterRefusal, HelpListsTheSettingsAndNoSecret) {
  ASSERT_EQ(::setenv("EYRIE_S3_SECRET_KEY", "from-the-environment", 1), 0);
  const Finished help = run_program(folder_.path(), {"data", "--help"});
  EXPECT_EQ(::unsetenv("EYRIE_S3_SECRET_KEY"), 0);
  EXPECT_EQ(help.exit_code, 0);
  for (const char* name : {"s3.secret_key", "etcd.endpoints", "streaming.tick_interval"}) {
    EXPECT_NE(help.out.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(help.out.find("from-the-environment"), std::string::npos);
}

TEST_F(ClusterRefusal, ASecretOfTheEnvironmentIsTaken) {
  settings_.erase("s3.secret_key");
  ASSERT_EQ(::setenv("EYRIE_S3_SECRET_KEY", kSecret, 1), 0);
  Program node = begin("query", listen_);
  EXPECT_TRUE(node.wait_for_out("ready: query node ")) << node.errors();
  EXPECT_EQ(::unsetenv("EYRIE_S3_SECRET_KEY"), 0);
  node.signal(SIGTERM);
  EXPECT_EQ(node.wait(), 0);
}

TEST_F(ClusterRefusal, AnAddressThatAnotherHas) {
  listen_ = servers_->s3();
  refused(kEnvironment, {listen_ + " (node.listen) is in use by another process"});
}

TEST_F(ClusterRefusal, TheSecondNodeOfOneAddressAndNotTheFirst) {
  const std::string address = free_address();
  Program first = begin("data", address);
  ASSERT_TRUE(first.wait_for_out("ready: data node ")) << first.errors();
  settings_["node.advertise"] = address;
  refused(kEnvironment, {"data node ", " is running at " + address + " (node.advertise)",
                         "an address of its own"});
  EXPECT_TRUE(first.running());
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), 0);
}

TEST_F(ClusterRefusal, AKilledNodesAddressIsFreeAtOnce) {
  Program first = begin("data", listen_);
  ASSERT_TRUE(first.wait_for_out("ready: data node ")) << first.errors();
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait(), 128 + SIGKILL);
  Program second = begin("data", listen_);
  EXPECT_TRUE(second.wait_for_out("ready: data node ")) << second.errors();
  second.signal(SIGTERM);
  EXPECT_EQ(second.wait(), 0);
}

// Last: it leaves the etcd to another bucket.
TEST_F(ClusterRefusal, TheStoresOfAnotherCluster) {
  Program first = begin("data", listen_);
  ASSERT_TRUE(first.wait_for_out("ready: data node ")) << first.errors();
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), 0);
  settings_["cluster.name"] = "other";
  refused(kEnvironment, {"(etcd.endpoints): it belongs to the cluster 'eyrie', not to 'other'"});
  settings_ = servers_->settings("words");
  ASSERT_TRUE(servers_->etcd().run("ctl", {"del", "store"}).ok());
  refused(kEnvironment, {"bucket 'words' (s3.bucket) holds the data of another cluster"});
  ASSERT_TRUE(servers_->etcd().run("ctl", {"put", "store", "\x08\x63"}).ok());
  refused(kEnvironment, {"(etcd.endpoints): its format is 99, written by a newer version"});
}

// Of its own etcd, which it stops.
TEST(ClusterWaits, ForAnEtcdThatIsNotUp) {
  if (const std::string lacks = ClusterServers::missing(); !lacks.empty()) GTEST_SKIP() << lacks;
  ClusterServers servers;
  servers.make_bucket("words");
  TemporaryFolder folder;
  ASSERT_TRUE(servers.etcd().run("kill", {"n1"}).ok());
  const auto command = [&] {
    return role_command("query", free_address(), servers.settings("words"));
  };
  Program node(folder.path(), command());
  const std::string waits = "waiting for etcd at " + servers.etcd().endpoint() +
                            " (etcd.endpoints): connection refused\n";
  EXPECT_TRUE(node.wait_for_errors(waits)) << node.errors();
  Program given_up(folder.path(), command());
  EXPECT_TRUE(given_up.wait_for_errors(waits)) << given_up.errors();
  given_up.signal(SIGTERM);
  EXPECT_EQ(given_up.wait(), 0) << given_up.errors();
  ASSERT_TRUE(servers.etcd().run("restart").ok());
  EXPECT_TRUE(node.wait_for_out("ready: query node ")) << node.errors();
  const std::string said = node.errors();
  EXPECT_EQ(said.find(waits), said.rfind(waits)) << "it is said once: " << said;
  node.signal(SIGTERM);
  EXPECT_EQ(node.wait(), 0) << node.errors();
}

}  // namespace
}  // namespace eyrie::test
