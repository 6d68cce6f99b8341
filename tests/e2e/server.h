// Server: an `eyrie standalone` of a test, on a folder and a port of its own, and a client that
// reads back what it holds, or what a cluster holds.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nodes/client/client.h"
#include "tests/e2e/program.h"
#include "tests/support/real_world.h"

namespace eyrie::test {

inline constexpr char kCollection[] = "words";

// Names and the bytes of their vectors.
using Rows = std::map<std::string, std::string>;

class Server {
 public:
  Server();
  // Its data goes there instead of into its folder; before it starts.
  void use_data(std::string folder) { data_ = std::move(folder); }

  // It is started by others, and reached there: a proxy.
  void use_address(std::string address) { address_ = std::move(address); }

  // Starts the program and waits until it is ready; false if it does not become so.
  bool start();
  // kill -9, and it is gone.
  void kill();
  // SIGTERM; its exit code.
  int stop();
  Program& program() { return *program_; }

  const std::string& folder() const { return folder_.path(); }
  const std::string& data() const { return data_; }
  std::string address() const { return address_; }
  std::vector<std::string> standalone_arguments() const;
  // A command with the collection and the address, then the arguments.
  std::vector<std::string> command(const std::string& name,
                                   const std::vector<std::string>& arguments) const;
  Finished run(const std::string& name, const std::vector<std::string>& arguments) const;

  // --- through the client; -1 or no rows after a failure, which fails the test ---
  std::int64_t count();
  // What a Strong query for these names gives; a name that comes twice fails the test.
  Rows read(const std::vector<std::string>& names);
  // What the server says to one upsert; in time, or it fails with deadline_exceeded.
  Status upsert(const std::string& name, const std::string& vector);
  // A method that takes a collection's name and answers with a Status: "ReleaseCollection".
  template <class Request>
  void call(const std::string& method);

 private:
  using Body = std::function<Task<void>(Environment&, client::Client&)>;
  void with_client(const Body& body);
  static Task<void> run_with_client(const Body& body, Address address, Environment& environment);
  static Task<void> read_some(Environment& environment, client::Client& client,
                              std::vector<std::string> names, Rows& rows);

  TemporaryFolder folder_;
  std::string data_;
  std::string address_;
  RealTestWorld world_;
  std::unique_ptr<Program> program_;
};

// The dimension and values of row i as a .fvecs file has them, for tests that make their own.
std::string fvecs_row(const std::vector<float>& values);

}  // namespace eyrie::test
