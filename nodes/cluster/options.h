// What a process of a cluster is told at its start, read from its settings and found fit.
#pragma once

#include <string>
#include <vector>

#include "runtime/network.h"
#include "runtime/release.h"
#include "runtime/settings.h"
#include "storage/s3/settings.h"

namespace eyrie::cluster {

// Files by which nodes prove to each other who they are; none, or all but the name.
struct NodeTlsOptions {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string name;

  bool on() const { return !ca_file.empty(); }
};

struct ClusterOptions {
  std::string name;
  Address listen;
  Address advertise;          // what the others connect to
  std::vector<Address> etcd;  // one a member
  NodeTlsOptions tls;
  Address s3_endpoint;
  storage::S3Settings s3;
  Release release = kThisRelease;  // that the node acts as
};

// invalid_argument is a sentence that names the setting.
Result<ClusterOptions> cluster_options(const Settings& settings);

// What the etcd client says, with its options by the names of the settings that they come from.
std::string etcd_setting_names(std::string text);

}  // namespace eyrie::cluster
