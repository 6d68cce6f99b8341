// `eyrie coordinator|proxy|streaming|query|data`: one node of a cluster, in this process.
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "index/kernels.h"
#include "nodes/catalog/keys.h"
#include "nodes/cluster/node.h"
#include "nodes/cluster/start.h"
#include "nodes/cluster/stores.h"
#include "nodes/main/commands.h"
#include "nodes/main/event_log.h"
#include "nodes/main/exit_code.h"
#include "nodes/main/http_service.h"
#include "nodes/main/listening.h"
#include "nodes/main/threads.h"
#include "nodes/main/wires.h"
#include "nodes/settings/all.h"
#include "nodes/settings/process.h"
#include "runtime/asio/asio_process.h"
#include "runtime/combine.h"

namespace eyrie::main {

namespace {

constexpr Duration kReadyPollInterval = 20ms;

class RoleProcess {
 public:
  RoleProcess(const std::string& role, const Settings& settings,
              const cluster::ClusterOptions& options, AsioMachine& machine, Wires wires,
              HttpService& watched, Gate& stop)
      : role_(role),
        settings_(settings),
        options_(options),
        environment_(machine.environment()),
        bytes_(machine.bytes()),
        watched_(watched),
        stop_(stop),
        http_(std::move(wires.http)),
        stores_(environment_, std::move(wires.etcd), *http_, options.s3, log_options(settings)) {}

  // Until `stop` opens, or until it cannot go on, which it says.
  Task<int> run() {
    const int exit_code = co_await start_and_serve();
    co_await stores_.stop();
    co_await http_->stop();
    co_return exit_code;
  }

 private:
  static storage::ZeroDiskOptions log_options(const Settings& settings) {
    storage::ZeroDiskOptions options;
    apply(settings, options);
    return options;
  }

  Task<int> start_and_serve();
  Task<Result<NodeId>> start();
  Task<int> serve(NodeId id);
  Task<void> stop_when_asked(cluster::Node& node);
  Task<void> say_ready(NodeId id);
  Task<Status> answers(NodeId id);

  const std::string& role_;
  const Settings& settings_;
  const cluster::ClusterOptions& options_;
  Environment& environment_;
  ByteNetwork& bytes_;
  HttpService& watched_;
  Gate& stop_;
  std::optional<Address> http_address_;
  std::unique_ptr<BeastHttpWire> http_;
  cluster::ClusterStores stores_;
};

Task<Result<NodeId>> wait_for_stop(Gate& stop) {
  EYRIE_CO_RETURN_IF_ERROR(co_await stop.wait());
  co_return fail(Code::cancelled, "asked to stop");
}

int complain_about_address(const cluster::ClusterOptions& options, const Status& status) {
  const std::string address = "address " + to_string(options.listen) + " (node.listen)";
  if (status.code() == Code::already_exists) {
    return complain(kExitEnvironment, address + " is in use by another process");
  }
  return complain(kExitEnvironment, address + ": " + status.message());
}

std::string etcd_of(const cluster::ClusterOptions& options) {
  std::string all;
  for (const Address& member : options.etcd) all += (all.empty() ? "" : ",") + to_string(member);
  return all;
}

Task<Result<NodeId>> RoleProcess::start() {
  cluster::Start start(environment_, stores_.meta(), stores_.objects(), options_, options_.release,
                       [this](const std::string& reason) {
                         std::fprintf(stderr, "eyrie: waiting for %s\n", reason.c_str());
                         watched_.starts("it waits for " + reason);
                       });
  std::vector<Task<Result<NodeId>>> either;
  either.push_back(start.run());
  either.push_back(wait_for_stop(stop_));
  co_return (co_await race(std::move(either))).second;
}

Task<int> RoleProcess::start_and_serve() {
  const auto bound = co_await watched_.wait_until_bound();
  if (!bound) co_return kExitEnvironment;  // the service has said why
  http_address_ = *bound;
  const Result<NodeId> id = co_await start();
  if (stop_.is_open()) co_return kExitOk;
  if (!id) co_return complain(kExitEnvironment, id.error().message());
  co_return co_await serve(*id);
}

Task<void> RoleProcess::stop_when_asked(cluster::Node& node) {
  if (!(co_await stop_.wait()).ok()) co_return;
  watched_.stops();
  (void)co_await environment_.clock.sleep_for(settings_.get(settings::kStopNotice));
  node.request_stop();
}

// Asked as other nodes would ask: the node is registered, and takes connections.
Task<Status> RoleProcess::answers(NodeId id) {
  EYRIE_CO_RETURN_IF_ERROR(
      co_await storage::get_key(stores_.meta(), catalog::session_key(role_, id.value)));
  co_return status_of(co_await bytes_.connect(options_.listen));
}

Task<void> RoleProcess::say_ready(NodeId id) {
  while (!(co_await answers(id)).ok()) {
    if (!(co_await environment_.clock.sleep_for(kReadyPollInterval)).ok()) co_return;
  }
  std::printf("ready: %s node %lld listening at %s%s\n", role_.c_str(),
              static_cast<long long>(id.value), to_string(options_.listen).c_str(),
              http_clause(http_address_).c_str());
  std::fflush(stdout);
}

Task<int> RoleProcess::serve(NodeId id) {
  const std::unique_ptr<cluster::Node> node = cluster::make_node(
      {.environment = environment_,
       .meta = stores_.meta(),
       .objects = stores_.objects(),
       .log = stores_.log(),
       .kernels = *index::best_kernels(),
       .identity = {options_.name, role_, id, options_.advertise, options_.release},
       .listen = options_.listen},
      settings_);
  watched_.can_be_asked(
      [node = node.get()](MonotonicTime deadline) { return node->ready(deadline); });
  TaskGroup beside(co_await this_scope());
  beside.spawn(stop_when_asked(*node));
  beside.spawn(say_ready(id));
  const Status ended = co_await node->run();
  co_await watched_.end();  // it has asked the node
  beside.cancel();
  co_await beside.join();
  if (ended.ok()) co_return kExitOk;
  if (ended.code() != Code::unsupported) co_return complain_about_address(options_, ended);
  // It was finalized after this one had looked.
  co_return complain(kExitEnvironment, fmt::format("etcd at {} (etcd.endpoints): {}",
                                                   etcd_of(options_), ended.message()));
}

Task<int> start_process(const std::string& role, const Settings& settings,
                        const cluster::ClusterOptions& options, AsioMachine& machine,
                        HttpService& watched, Gate& stop) {
  const Status listens = co_await try_to_listen(machine.environment().network, options.listen);
  if (!listens.ok()) co_return complain_about_address(options, listens);
  Result<Wires> wires = make_wires(machine, settings, options);
  if (!wires) co_return complain(exit_code_of(wires.error()), wires.error().message());
  RoleProcess process(role, settings, options, machine, std::move(*wires), watched, stop);
  co_return co_await process.run();
}

Task<int> run_process(const std::string& role, const Settings& settings,
                      const cluster::ClusterOptions& options, AsioMachine& machine,
                      HttpService& watched, Gate& stop) {
  watched.begin();
  const int exit_code = co_await start_process(role, settings, options, machine, watched, stop);
  co_await watched.end();
  co_return exit_code;
}

}  // namespace

int run_role(const RoleCommand& command) {
  SettingSources sources = command.settings;
  if (!command.listen.empty()) sources.flags.push_back("node.listen=" + command.listen);
  const Result<Settings> settings = read_settings(settings::with_cluster(), sources);
  if (!settings) return complain(kExitWrongUse, settings.error().message());
  const Result<cluster::ClusterOptions> options = cluster::cluster_options(*settings);
  if (!options) return complain(kExitWrongUse, options.error().message());
  const Result<std::optional<Address>> http = HttpService::address_of(*settings);
  if (!http) return complain(kExitWrongUse, http.error().message());
  const Result<std::unique_ptr<LogTracer>> tracer =
      LogTracer::open(event_log(command.log_level, *settings));
  if (!tracer) return complain(kExitEnvironment, tracer.error().message());
  std::optional<HttpService> watched;
  AsioProcess process({.compute_threads = compute_threads()}, **tracer);
  const AsioMachineOptions own = machine_options(command.role, *options);
  const Status added = process.add(own, [&](AsioMachine& machine, Gate& stop) {
    return run_process(command.role, *settings, *options, machine, *watched, stop);
  });
  if (!added.ok()) return complain(exit_code_of(added), added.message());
  const Status served = add_http_service(process, command.role, own.root, *http, watched);
  if (!served.ok()) return complain(kExitEnvironment, served.message());
  return process.run();
}

}  // namespace eyrie::main
