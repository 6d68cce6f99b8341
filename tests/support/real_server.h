// RealServer: a server that is not ours (etcd, an S3 store), started by a script for one test.
//
// The script is scripts/servers/NAME, and knows how the server is run:
//   NAME needs            nothing and 0 if this machine has the server's programs, else what lacks
//   NAME up FOLDER PORT...
//                         returns once the server answers at the ports; leaves nothing if it fails
//   NAME restart FOLDER   kill -9, and up again with what the server had kept
//   NAME down FOLDER      ends every process that it started for the folder; also twice
// and has any further verbs that its tests need. All that it writes goes into the folder.
//
// The server ends with this object, and also when the test is killed: a watchdog outside of the
// test's processes sees that, and runs `down`.
//
//   if (const std::string lacks = RealServer::missing(kScript); !lacks.empty()) GTEST_SKIP() <<
//   lacks;
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/status.h"
#include "tests/support/real_world.h"

namespace eyrie::test {

struct RealServerOptions {
  std::string script;     // from the root of the sources, where tests run: "scripts/servers/etcd"
  std::size_t ports = 1;  // that `up` is given
  std::map<std::string, std::string> environment = {};  // of the script, besides the test's own
};

class RealServer {
 public:
  explicit RealServer(RealServerOptions options);
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;
  ~RealServer();

  // What of the server's programs this machine lacks, as its script says it; empty if nothing.
  static std::string missing(const std::string& script);

  Status start();
  Status restart() { return run({"restart", folder()}); }
  Status stop() { return run({"down", folder()}); }
  // The script with these arguments, to its end; what it printed is in the Status of a failure.
  Status run(const std::vector<std::string>& arguments);

  std::uint16_t port(std::size_t index = 0) const { return ports_.at(index); }
  const std::string& folder() const { return folder_.path(); }

  static constexpr int kRunSecondsMax = 180;

 private:
  void start_watchdog();

  RealServerOptions options_;
  // Open as long as this object and process live; nobody else has it. Closed after the folder has
  // gone, which tells the watchdog that there is nothing to do.
  std::optional<FileDescriptor> watched_;
  TemporaryFolder folder_;
  std::vector<FileDescriptor> reserved_;  // names that keep other RealServers from the ports
  std::vector<std::uint16_t> ports_;
};

// Ports of this machine where nobody listens, below those that the kernel gives to connections: a
// server may take its time before it listens there.
std::vector<std::uint16_t> quiet_ports(std::size_t count);

}  // namespace eyrie::test
