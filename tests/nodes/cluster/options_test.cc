// What a node makes of its settings: the example file is read, and each setting reaches an option.
#include "nodes/cluster/options.h"

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/settings/all.h"
#include "runtime/settings_yaml.h"

namespace eyrie::cluster {
namespace {

Result<ClusterOptions> options_of(const std::map<std::string, std::string>& values) {
  std::map<std::string, std::string> all = {{"s3.endpoint", "s3:9000"}, {"s3.bucket", "words"}};
  for (const auto& [name, value] : values) all[name] = value;
  std::vector<SettingAssignment> assignments;
  for (const auto& [name, value] : all) assignments.push_back({name, value, "here"});
  EYRIE_TRY(const Settings settings, settings::load(settings::with_cluster(), assignments));
  return cluster_options(settings);
}

TEST(ClusterOptions, TheExampleFileIsRead) {
  std::ifstream in("deploy/eyrie.yaml", std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto written = read_settings_yaml("deploy/eyrie.yaml", text);
  ASSERT_TRUE(written.has_value()) << written.error();
  const auto settings = settings::load(settings::with_cluster(), *written);
  ASSERT_TRUE(settings.has_value()) << settings.error();
  const Result<ClusterOptions> options = cluster_options(*settings);
  ASSERT_TRUE(options.has_value()) << options.error();
  EXPECT_EQ(options->etcd.size(), 3u);
  EXPECT_EQ(options->etcd[2], (Address{"etcd-3", 2379}));
  // 443 is TLS's own, which a Host header leaves out.
  EXPECT_EQ(options->s3.host, "s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(options->s3.bucket_in, storage::S3Settings::BucketIn::host);
  EXPECT_EQ(options->advertise, (Address{"node-7.internal", 19531}));
}

TEST(ClusterOptions, WhereNothingIsAdvertisedTheAddressIsWhereItListens) {
  const Result<ClusterOptions> options = options_of({{"node.listen", "host:7"}});
  ASSERT_TRUE(options.has_value()) << options.error();
  EXPECT_EQ(options->advertise, options->listen);
  EXPECT_EQ(options->s3.host, "s3:9000");
  EXPECT_EQ(options->s3.bucket_in, storage::S3Settings::BucketIn::path);
}

TEST(ClusterOptions, FilesOfTlsGoTogether) {
  EXPECT_FALSE(options_of({})->tls.on());
  const std::map<std::string, std::string> all = {
      {"node.tls_ca_file", "ca"}, {"node.tls_certificate_file", "c"}, {"node.tls_key_file", "k"}};
  const Result<ClusterOptions> whole = options_of(all);
  ASSERT_TRUE(whole.has_value()) << whole.error();
  EXPECT_TRUE(whole->tls.on());
  EXPECT_EQ(whole->tls.key_file, "k");
  for (const auto& missing : all) {
    auto some = all;
    some.erase(missing.first);
    const Result<ClusterOptions> options = options_of(some);
    ASSERT_FALSE(options.has_value());
    EXPECT_EQ(options.error().code(), Code::invalid_argument);
    EXPECT_TRUE(options.error().message().starts_with(missing.first + ": it is not set"))
        << options.error();
  }
  EXPECT_FALSE(options_of({{"node.tls_name", "eyrie-nodes"}}).has_value());
}

TEST(ClusterOptions, SettingsReachTheS3Client) {
  const Result<ClusterOptions> options = options_of({{"cluster.name", "mine"},
                                                     {"s3.region", "eu"},
                                                     {"s3.access_key", "who"},
                                                     {"s3.secret_key", "hush"},
                                                     {"s3.bucket_in_host", "true"}});
  ASSERT_TRUE(options.has_value()) << options.error();
  EXPECT_EQ(options->name, "mine");
  EXPECT_EQ(options->s3.region, "eu");
  EXPECT_EQ(options->s3.bucket, "words");
  EXPECT_EQ(options->s3.credentials.access_key, "who");
  EXPECT_EQ(options->s3.credentials.secret_key, "hush");
  EXPECT_EQ(options->s3.bucket_in, storage::S3Settings::BucketIn::host);
}

TEST(ClusterOptions, EveryAddressOfAMachineIsNoAddress) {
  for (const char* listen : {"0.0.0.0:7", "[::]:7", ":::7", "*:7"}) {
    const Result<ClusterOptions> options = options_of({{"node.listen", listen}});
    ASSERT_FALSE(options.has_value()) << listen;
    EXPECT_TRUE(options.error().message().contains("node.advertise")) << options.error();
    EXPECT_TRUE(options_of({{"node.listen", listen}, {"node.advertise", "h:7"}}).has_value());
  }
}

TEST(ClusterOptions, TheEtcdClientsOptionsAreNamedAsSettings) {
  EXPECT_EQ(etcd_setting_names("option tls.ca_file is needed where option tls is set"),
            "etcd.tls_ca_file is needed where etcd.tls is set");
  EXPECT_EQ(etcd_setting_names("look at options user and password"),
            "look at etcd.user and etcd.password");
}

}  // namespace
}  // namespace eyrie::cluster
