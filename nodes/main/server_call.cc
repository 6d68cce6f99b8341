#include "nodes/main/server_call.h"

#include "nodes/main/exit_code.h"
#include "runtime/asio/asio_process.h"
#include "runtime/asio/log_tracer.h"

namespace eyrie::main {

namespace {

constexpr std::int32_t kCollectionNotLoaded = 101;  // of Milvus's table

Task<int> run_and_stop(const ClientMain& main, Address address, const std::string& cluster,
                       Environment& environment, Gate& stop) {
  client::Client server(environment, std::move(address), cluster);
  const int exit_code = co_await main(environment, server, stop);
  co_await server.stop();
  co_return exit_code;
}

}  // namespace

int run_client(const ServerOptions& options, const ClientMain& main) {
  const Result<Address> address = parse_address(options.address);
  if (!address) {
    return give_up(options, kExitWrongUse,
                   Status(address.error().code(), "--address: " + address.error().message()));
  }
  const Result<std::unique_ptr<LogTracer>> tracer = LogTracer::open({.level = Level::error});
  if (!tracer) return give_up(options, kExitEnvironment, tracer.error());
  AsioProcess process({.compute_threads = 1, .blocking_threads = 1}, **tracer);
  const Status added =
      process.add({.name = "client", .root = "."}, [&](AsioMachine& machine, Gate& stop) {
        return run_and_stop(main, *address, options.cluster, machine.environment(), stop);
      });
  if (!added.ok()) return give_up(options, kExitEnvironment, added);
  return process.run();
}

int give_up(const ServerOptions& options, int exit_code, const Status& status) {
  if (options.json) print_json(status);
  return complain(exit_code, status.message());
}

int complain_about(const Status& status, const ServerOptions& options) {
  if (options.json) print_json(status);
  if (status.category() == Category::transient || status.category() == Category::unknown_outcome) {
    return complain(kExitEnvironment, "no answer from the server at " + options.address +
                                          " (--address): " + status.message());
  }
  if (status.milvus_code() == kCollectionNotLoaded) {  // a shard says so, by its own name
    return complain(
        kExitWrongUse,
        sentence_of(Status(status.code(), "collection '" + options.collection + "' is not loaded")
                        .with_milvus_code(kCollectionNotLoaded)));
  }
  return complain(exit_code_of(status), sentence_of(status));
}

}  // namespace eyrie::main
