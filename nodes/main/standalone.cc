// `eyrie standalone`: the whole database in this process, on one folder.
#include <cstdio>
#include <utility>

#include "index/kernels.h"
#include "nodes/main/commands.h"
#include "nodes/main/event_log.h"
#include "nodes/main/exit_code.h"
#include "nodes/main/http_service.h"
#include "nodes/main/listening.h"
#include "nodes/main/threads.h"
#include "nodes/settings/all.h"
#include "nodes/standalone/process.h"
#include "runtime/asio/asio_process.h"

namespace eyrie::main {

namespace {

std::size_t builds_at_once() {
  return compute_threads() / 2;
}

int complain_about_data(const StandaloneCommand& command, const Status& status) {
  const std::string folder = "data folder '" + command.data + "' (--data)";
  if (status.code() == Code::failed_precondition) {
    return complain(kExitEnvironment, folder + " is in use: " + status.message());
  }
  if (status.code() == Code::disk_full) {
    return complain(kExitEnvironment, folder + " is on a disk without free space");
  }
  const bool foreign = status.code() == Code::invalid_argument;
  return complain(foreign ? kExitWrongUse : kExitEnvironment, folder + ": " + status.message());
}

int complain_about_address(const StandaloneCommand& command, const Status& status) {
  if (status.code() == Code::already_exists) {
    return complain(kExitEnvironment,
                    "address " + command.listen + " (--listen) is in use by another process");
  }
  return complain(kExitEnvironment, "--listen: " + status.message());
}

int complain_about_run(const StandaloneCommand& command, const Status& status) {
  if (status.code() == Code::already_exists) return complain_about_address(command, status);
  return complain(kExitEnvironment,
                  "the server at " + command.listen + " (--listen) ended: " + status.message());
}

Task<void> stop_when_asked(Gate& stop, Clock& clock, Duration notice, HttpService& watched,
                           standalone::StandaloneProcess& server) {
  if (!(co_await stop.wait()).ok()) co_return;
  watched.stops();
  (void)co_await clock.sleep_for(notice);
  server.request_stop();
}

Task<void> say_ready(const StandaloneCommand& command, std::string http,
                     standalone::StandaloneProcess& server) {
  if (!(co_await server.wait_until_ready()).ok()) co_return;
  std::printf(
      "ready: listening at %s, data in %s%s\n"
      "  eyrie import --address %s --collection words FILE.fvecs --names FILE.words\n"
      "  eyrie search --address %s --collection words --like king\n",
      command.listen.c_str(), command.data.c_str(), http.c_str(), command.listen.c_str(),
      command.listen.c_str());
  std::fflush(stdout);
}

Task<int> serve(const StandaloneCommand& command, const Settings& settings, Address listen,
                Environment& environment, HttpService& watched, Gate& stop) {
  // Before whoever has the address is asked whether it is ready.
  const Status listens = co_await try_to_listen(environment.network, listen);
  if (!listens.ok()) co_return complain_about_address(command, listens);
  const auto http = co_await watched.wait_until_bound();
  if (!http) co_return kExitEnvironment;  // the service has said why
  standalone::StandaloneOptions options;
  apply(settings, options);
  options.act_as(static_cast<Release>(settings.get(settings::kNodeRelease)));
  options.listen = std::move(listen);
  options.coordinator.builds_per_node_max = builds_at_once();
  options.data.builds_running_max = builds_at_once();
  standalone::StandaloneProcess server(environment, *index::best_kernels(), std::move(options));
  watched.can_be_asked([&server](MonotonicTime deadline) { return server.ready(deadline); });
  TaskGroup beside(co_await this_scope());
  beside.spawn(stop_when_asked(stop, environment.clock, settings.get(settings::kStopNotice),
                               watched, server));
  beside.spawn(say_ready(command, http_clause(*http), server));
  const Status ended = co_await server.run();
  co_await watched.end();  // it has asked the server
  beside.cancel();
  co_await beside.join();
  if (ended.ok()) co_return kExitOk;
  if (ended.code() == Code::unsupported) co_return complain_about_data(command, ended);
  co_return server.opened() ? complain_about_run(command, ended)
                            : complain_about_data(command, ended);
}

Task<int> serve_watched(const StandaloneCommand& command, const Settings& settings, Address listen,
                        Environment& environment, HttpService& watched, Gate& stop) {
  watched.begin();
  const int exit_code =
      co_await serve(command, settings, std::move(listen), environment, watched, stop);
  co_await watched.end();
  co_return exit_code;
}

}  // namespace

int run_standalone(const StandaloneCommand& command) {
  const Result<Address> listen = parse_address(command.listen);
  if (!listen) return complain(kExitWrongUse, "--listen: " + listen.error().message());
  const Result<Settings> settings = read_settings(settings::with_process(), command.settings);
  if (!settings) return complain(kExitWrongUse, settings.error().message());
  const Result<std::optional<Address>> http = HttpService::address_of(*settings);
  if (!http) return complain(kExitWrongUse, http.error().message());
  const Result<std::unique_ptr<LogTracer>> tracer =
      LogTracer::open(event_log(command.log_level, *settings));
  if (!tracer) return complain(kExitEnvironment, tracer.error().message());
  std::optional<HttpService> watched;
  AsioProcess process({.compute_threads = compute_threads()}, **tracer);
  const Status added = process.add(
      {.name = "standalone", .root = command.data}, [&](AsioMachine& machine, Gate& stop) {
        return serve_watched(command, *settings, *listen, machine.environment(), *watched, stop);
      });
  if (!added.ok()) return complain_about_data(command, added);
  const Status served = add_http_service(process, "standalone", command.data, *http, watched);
  if (!served.ok()) return complain(kExitEnvironment, served.message());
  return process.run();
}

}  // namespace eyrie::main
