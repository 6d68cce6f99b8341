// Servers: the etcd and the S3 store of a live cluster, run by the scripts of scripts/servers.
//
// They have sessions of their own, so a watchdog, which notices when this program ends however it
// does, ends them. What they hold is in the folder, and stays through restarts.
#pragma once

#include <memory>
#include <string>

#include "runtime/asio/posix_file.h"
#include "scenarios/live/layout.h"
#include "scenarios/live/process.h"

namespace eyrie {
class AsioMachine;
}

namespace eyrie::scenarios::live {

inline constexpr char kBucket[] = "eyrie";
inline constexpr char kAccessKey[] = "test";  // those of scripts/servers/radosgw
inline constexpr char kSecretKey[] = "testtest";

class Servers {
 public:
  // What this machine lacks for them, as the scripts say it; empty if nothing. not_found: no
  // scripts.
  static Result<std::string> missing(const std::string& scripts, const std::string& folder);

  // Borrows the machine and the layout; the folder is there.
  Servers(AsioMachine& machine, const Layout& layout, std::string scripts, std::string folder);
  ~Servers();

  // Both, with the bucket. unavailable says what a script printed.
  Task<Status> start();
  Task<Status> restart_etcd() { return run("etcd", {"restart"}); }
  Task<Status> restart_s3() { return run("radosgw", {"restart"}); }
  Task<void> stop();

 private:
  // The verb, and what follows the folder.
  Task<Status> run(std::string server, std::vector<std::string> words);
  Task<Status> make_bucket();
  Status start_watchdog();

  AsioMachine& machine_;
  const Layout& layout_;
  std::string scripts_;
  std::string folder_;
  int runs_ = 0;
  std::unique_ptr<FileDescriptor> watched_;  // open as long as we live; nobody else has it
  std::unique_ptr<ChildProcess> watchdog_;
};

}  // namespace eyrie::scenarios::live
