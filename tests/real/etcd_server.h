// A real etcd for a test (scripts/servers/etcd), and wires to its members.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/etcd/grpc/grpc_etcd_wire.h"
#include "tests/support/real_server.h"
#include "tests/support/real_world.h"

namespace eyrie::test {

inline constexpr const char* kEtcdScript = "scripts/servers/etcd";

inline std::unique_ptr<storage::EtcdWire> wire_to(AsioMachine& machine, std::string endpoint) {
  storage::GrpcEtcdOptions options;
  options.endpoint = std::move(endpoint);
  auto wire = storage::GrpcEtcdWire::make(machine.executor(), machine.environment().clock,
                                          std::move(options));
  EYRIE_CHECK(wire.has_value(), wire.error().to_string());
  return std::move(*wire);
}

// One member or three, running; the environment is the script's: TLS, AUTH.
class EtcdServer {
 public:
  explicit EtcdServer(std::size_t members, std::map<std::string, std::string> environment = {})
      : members_(members), server_({kEtcdScript, 2 * members, std::move(environment)}) {
    const Status started = server_.start();
    EYRIE_CHECK(started.ok(), started.to_string());
  }

  RealServer& server() { return server_; }
  const std::string& folder() const { return server_.folder(); }
  // A verb of the script for this folder: run("kill", "n2").
  Status run(std::string verb, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {std::move(verb), folder()});
    return server_.run(arguments);
  }

  std::string endpoint(std::size_t member = 0) const {
    return "127.0.0.1:" + std::to_string(server_.port(2 * member));
  }
  std::vector<std::unique_ptr<storage::EtcdWire>> wires(AsioMachine& machine) const {
    std::vector<std::unique_ptr<storage::EtcdWire>> all;
    for (std::size_t member = 0; member < members_; ++member) {
      all.push_back(wire_to(machine, endpoint(member)));
    }
    return all;
  }

 private:
  std::size_t members_;
  RealServer server_;
};

}  // namespace eyrie::test
