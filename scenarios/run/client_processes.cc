#include "scenarios/run/client_processes.h"

#include <utility>

namespace eyrie::scenarios {

ClientProcess::ClientProcess(Environment& environment, ClientContext context, std::size_t client,
                             const std::vector<Address>& proxies)
    : environment_(environment),
      context_(context),
      client_(client),
      calls_(environment, context, client, machine_name("client", client + 1), proxies) {}

Task<Status> ClientProcess::run() {
  for (const ClientOp& op : context_.plan.clients[client_]) {
    if (stopping_.is_open()) break;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(Duration(op.gap)));
    (void)co_await calls_.do_operation(op);
  }
  calls_.be_through();
  (void)co_await stopping_.wait();
  co_await calls_.stop();
  co_return Status();
}

StepsProcess::StepsProcess(Environment& environment, ClientContext context, Steps::Kind kind,
                           std::size_t number, std::string machine, Address proxy)
    : steps_(environment, context, kind, number, std::move(machine), std::move(proxy)) {}

Task<Status> StepsProcess::run() {
  (void)co_await steps_.run();
  (void)co_await stopping_.wait();
  co_await steps_.stop();
  co_return Status();
}

}  // namespace eyrie::scenarios
