// AsioProcess: what a composition root of production is made of: pools, one machine for each
// component instance with its main task, and the signals that ask all of them to end.
//
//   AsioProcess process({.compute_threads = 8}, tracer);
//   status = process.add({.name = "query", .root = folder}, run_query_node);
//   return process.run();
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/asio/asio_machine.h"
#include "runtime/sync.h"

namespace eyrie {

struct AsioProcessOptions {
  std::size_t compute_threads = 0;  // 0: one for each core
  std::size_t blocking_threads = 8;
  std::function<void()> thread_start = {};  // first on each thread of the pools
};

class AsioProcess {
 public:
  // Runs one component instance until `stop` opens, drains, and gives the exit status. It is called
  // on the machine's executor; what it refers to outlives run().
  using Main = std::function<Task<int>(AsioMachine& machine, Gate& stop)>;

  AsioProcess(const AsioProcessOptions& options, Tracer& tracer);
  ~AsioProcess();

  Status add(const AsioMachineOptions& options, Main main);
  Status add(const AsioMachineOptions& options, Tracer& tracer, Main main);

  // That of a main that was added, by its name.
  AsioMachine& machine(const std::string& name);

  // Runs every main to its end and returns the first exit status that is not 0. SIGTERM, SIGINT, or
  // one of them ending opens the stop gate of all; a second signal ends the process at once, with
  // 128 and its number. Called once.
  int run();

 private:
  struct Role;
  class Signals;

  static Task<void> run_main(Role& role, Signals& signals);

  Tracer& tracer_;
  WorkerPool compute_;
  WorkerPool blocking_;
  std::vector<std::unique_ptr<Role>> roles_;
};

}  // namespace eyrie
