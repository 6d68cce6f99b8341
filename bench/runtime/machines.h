// Two component instances of production in one process, "client" and "server", each with a thread
// of its own, for benchmarks of what travels between them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/asio/asio_machine.h"

namespace eyrie::bench {

class SilentTracer final : public Tracer {
 public:
  void record(const EventHeader&, std::span<const Field>) override {}
};

// Ends the benchmark with the reason: nothing is measured of what failed.
void check(const Status& status);

enum class Wire : bool { clear, tls };  // TLS with certificates of both ends

class Machines {
 public:
  explicit Machines(Wire wire = Wire::clear);
  Machines(const Machines&) = delete;
  Machines& operator=(const Machines&) = delete;
  ~Machines();

  AsioMachine& client() { return *client_; }
  AsioMachine& server() { return *server_; }

  // Runs the body on the machine's thread, to its end.
  static void on(AsioMachine& machine, const std::function<Task<void>(Environment&)>& body);

 private:
  std::unique_ptr<AsioMachine> make(const std::string& name, Wire wire);

  std::string folder_;
  std::optional<MutualTls> tls_;
  SilentTracer tracer_;
  WorkerPool compute_{"compute", 1};
  WorkerPool blocking_{"blocking", 1};
  std::unique_ptr<AsioMachine> client_;
  std::unique_ptr<AsioMachine> server_;
};

}  // namespace eyrie::bench
