// ClusterServers: the etcd and the S3 store of tests of a cluster, and the settings that name them.
// Skipped where a server's programs are missing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/program.h"
#include "tests/real/etcd_server.h"
#include "tests/real/radosgw_server.h"

namespace eyrie::test {

inline constexpr char kSecret[] = "testtest";  // kRadosgwCredentials

class ClusterServers {
 public:
  // What this machine lacks for them; empty if nothing.
  static std::string missing();

  ClusterServers();

  EtcdServer& etcd() { return etcd_; }
  std::string s3() const;  // its address
  void make_bucket(const std::string& bucket);

  // No object more is taken, until there is room again.
  void fill_store() { administer("fill"); }
  void make_room_in_store() { administer("make_room"); }

  // Settings of a cluster on these, by name; a test changes some.
  using Settings = std::map<std::string, std::string>;
  Settings settings(const std::string& bucket) const;

 private:
  void administer(const std::string& verb);

  EtcdServer etcd_;
  Radosgw radosgw_;
  RealTestWorld world_;
};

// A command line: the role with each setting by --set.
std::vector<std::string> role_command(const std::string& role, const std::string& listen,
                                      const ClusterServers::Settings& settings);

std::string free_address();

}  // namespace eyrie::test
