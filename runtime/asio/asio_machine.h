// AsioMachine: the Environment of one component instance in production.
//
// Its executor, clock, network, disk and randomness, in the order in which they must go. stop()
// before it is destroyed; the component is destroyed in between or by its own last task.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/asio/asio_byte_network.h"
#include "runtime/asio/asio_clock.h"
#include "runtime/asio/asio_executor.h"
#include "runtime/asio/posix_disk.h"
#include "runtime/asio/tls_network.h"
#include "runtime/environment.h"
#include "runtime/framed_network.h"
#include "runtime/metrics.h"

namespace eyrie {

struct AsioMachineOptions {
  std::string name;  // of its thread and its random stream
  std::string root;  // its disk's folder; made if absent
  FramedLimits limits = {};
  std::optional<MutualTls> tls = {};  // of its network; absent: in the clear
};

class AsioMachine {
 public:
  // The pools and the tracer outlive it. invalid_argument: files of TLS, by the setting's name.
  static Result<std::unique_ptr<AsioMachine>> make(const AsioMachineOptions& options,
                                                   WorkerPool& compute, WorkerPool& blocking,
                                                   Tracer& tracer);
  ~AsioMachine();

  Environment& environment() { return environment_; }
  AsioExecutor& executor() { return executor_; }
  ByteNetwork& bytes() { return bytes_; }  // for what speaks protocols of others

  // From another thread: closes every connection, waits until they have drained (a linger at most),
  // and ends the executor; tasks that still run are dropped.
  void stop();

 private:
  AsioMachine(const AsioMachineOptions& options, std::unique_ptr<PosixBlockingDisk> disk,
              std::unique_ptr<TlsFiles> tls_files, WorkerPool& compute, WorkerPool& blocking,
              Tracer& tracer);
  ByteNetwork& node_bytes();

  AsioExecutor executor_;
  AsioClock clock_;
  AsioByteNetwork bytes_;
  std::unique_ptr<TlsFiles> tls_files_;  // both null without TLS
  std::unique_ptr<TlsByteNetwork> tls_bytes_;
  FramedNetwork network_;
  PosixDisk disk_;
  Metrics metrics_;
  TaskGroup stopping_;
  Environment environment_;
};

}  // namespace eyrie
