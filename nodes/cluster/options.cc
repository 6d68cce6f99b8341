#include "nodes/cluster/options.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "nodes/settings/etcd.h"
#include "nodes/settings/node.h"
#include "nodes/settings/process.h"
#include "nodes/settings/s3.h"

namespace eyrie::cluster {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::array<std::string_view, 4> kAnyHost = {"0.0.0.0", "::", "[::]", "*"};

Status about(const TextSetting& setting, const std::string& what) {
  return {Code::invalid_argument, std::string(setting.name) + ": " + what};
}

Result<Address> address_of(const TextSetting& setting, std::string_view text) {
  const Result<Address> address = parse_address(text);
  if (!address) return fail(about(setting, address.error().message()));
  if (address->port == 0) {
    return fail(about(setting, "'" + std::string(text) + "' has no port that others could use"));
  }
  return *address;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Result<std::vector<Address>> etcd_members(const std::string& list) {
  std::vector<Address> members;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    EYRIE_TRY(Address member, address_of(settings::kEtcdEndpoints, trimmed(rest.substr(0, comma))));
    if (std::ranges::find(members, member) != members.end()) {
      return fail(about(settings::kEtcdEndpoints, "'" + to_string(member) + "' is named twice"));
    }
    members.push_back(std::move(member));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  if (members.empty()) return fail(about(settings::kEtcdEndpoints, "it names no member"));
  return members;
}

bool is_any_host(const std::string& host) {
  return std::ranges::find(kAnyHost, host) != kAnyHost.end();
}

Result<Address> advertised(const std::string& text, const Address& listen) {
  if (text.empty()) {
    if (!is_any_host(listen.host)) return listen;
    return fail(about(settings::kNodeListen,
                      "'" + to_string(listen) +
                          "' is every address of this machine; "
                          "node.advertise must say at which one the others reach it"));
  }
  EYRIE_TRY(Address address, address_of(settings::kNodeAdvertise, text));
  if (is_any_host(address.host)) {
    return fail(about(settings::kNodeAdvertise, "'" + text + "' is nowhere that others can reach"));
  }
  return address;
}

bool is_bucket_name(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return name.find_first_not_of(kAllowed) == std::string::npos;
}

Result<NodeTlsOptions> node_tls(const Settings& settings) {
  NodeTlsOptions tls = {settings.get(settings::kNodeCaFile),
                        settings.get(settings::kNodeCertificateFile),
                        settings.get(settings::kNodeKeyFile), settings.get(settings::kNodeTlsName)};
  const std::array<std::pair<const TextSetting*, const std::string*>, 3> files = {
      {{&settings::kNodeCaFile, &tls.ca_file},
       {&settings::kNodeCertificateFile, &tls.certificate_file},
       {&settings::kNodeKeyFile, &tls.key_file}}};
  const auto missing = std::ranges::find_if(files, [](auto file) { return file.second->empty(); });
  const bool any = std::ranges::any_of(files, [](auto file) { return !file.second->empty(); });
  if ((any || !tls.name.empty()) && missing != files.end()) {
    return fail(about(*missing->first,
                      "it is not set; it goes together with the other two of node.tls_ca_file, "
                      "node.tls_certificate_file and node.tls_key_file"));
  }
  return tls;
}

Result<storage::S3Settings> s3_settings(const Settings& settings, const Address& endpoint) {
  storage::S3Settings s3;
  const std::uint16_t usual = settings.get(settings::kS3Tls) ? kHttpsPort : kHttpPort;
  s3.host = endpoint.port == usual ? endpoint.host : to_string(endpoint);
  s3.region = settings.get(settings::kS3Region);
  s3.bucket = settings.get(settings::kS3Bucket);
  if (s3.bucket.empty()) {
    return fail(about(settings::kS3Bucket, "it must be set, it has no default"));
  }
  if (!is_bucket_name(s3.bucket)) {
    return fail(about(settings::kS3Bucket, "'" + s3.bucket + "' is no name of a bucket"));
  }
  s3.credentials = {settings.get(settings::kS3AccessKey), settings.get(settings::kS3SecretKey)};
  if (settings.get(settings::kS3BucketInHost)) s3.bucket_in = storage::S3Settings::BucketIn::host;
  return s3;
}

}  // namespace

Result<ClusterOptions> cluster_options(const Settings& settings) {
  ClusterOptions options;
  options.name = settings.get(settings::kClusterName);
  if (options.name.empty()) return fail(about(settings::kClusterName, "it must not be empty"));
  EYRIE_TRY(options.listen, address_of(settings::kNodeListen, settings.get(settings::kNodeListen)));
  EYRIE_TRY(options.advertise, advertised(settings.get(settings::kNodeAdvertise), options.listen));
  EYRIE_TRY(options.etcd, etcd_members(settings.get(settings::kEtcdEndpoints)));
  EYRIE_TRY(options.tls, node_tls(settings));
  const std::string endpoint = settings.get(settings::kS3Endpoint);
  if (endpoint.empty()) {
    return fail(about(settings::kS3Endpoint, "it must be set, it has no default"));
  }
  EYRIE_TRY(options.s3_endpoint, address_of(settings::kS3Endpoint, endpoint));
  EYRIE_TRY(options.s3, s3_settings(settings, options.s3_endpoint));
  options.release = static_cast<Release>(settings.get(settings::kNodeRelease));
  return options;
}

std::string etcd_setting_names(std::string text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNames = {
      {{"options user and password", "etcd.user and etcd.password"},
       {"option tls.", "etcd.tls_"},
       {"option ", "etcd."},
       {"options ", "etcd."}}};
  for (const auto& [theirs, ours] : kNames) {
    for (std::size_t at = 0; (at = text.find(theirs, at)) != std::string::npos; at += ours.size()) {
      text.replace(at, theirs.size(), ours);
    }
  }
  return text;
}

}  // namespace eyrie::cluster
