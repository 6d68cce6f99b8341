#include "scenarios/live/workload.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/combine.h"
#include "scenarios/live/proxy_choice.h"

namespace eyrie::scenarios::live {

namespace {

// An answer that says that it was not the proxy that answered, or that it has nobody behind it.
bool blames_proxy(const Operation& done) {
  if (done.outcome == Outcome::ok) return false;
  return done.outcome == Outcome::info || done.error.starts_with(name_of(Code::unavailable));
}

Task<Status> opening_of(Gate& gate) {
  co_return co_await gate.wait();
}

}  // namespace

struct Workload::Client {
  Client(Environment& environment, ClientContext context, std::size_t number,
         const std::vector<Address>& proxies)
      : index(number),
        home(number % proxies.size()),
        choice(proxies.size()),
        calls(environment, context, number, machine_name("client", number + 1), own(proxies)) {}

  // Its own proxy first.
  std::vector<Address> own(const std::vector<Address>& proxies) const {
    std::vector<Address> turned;
    for (std::size_t i = 0; i < proxies.size(); ++i) {
      turned.push_back(proxies[(home + i) % proxies.size()]);
    }
    return turned;
  }

  std::size_t index;
  std::size_t home;
  ProxyChoice choice;  // by place in own()
  ClientCalls calls;
};

Workload::Workload(Environment& environment, ClientContext context, std::vector<Address> proxies)
    : environment_(environment),
      context_(context),
      proxies_(std::move(proxies)),
      group_(environment.executor) {
  for (std::size_t i = 0; i < context_.plan.clients.size(); ++i) {
    clients_.push_back(std::make_unique<Client>(environment_, context_, i, proxies_));
  }
}

Workload::~Workload() = default;

void Workload::start() {
  for (const std::unique_ptr<Client>& client : clients_) group_.spawn(run(*client));
}

Task<bool> Workload::wait(Duration gap) {
  const Status waited = co_await with_deadline(
      environment_.clock, environment_.clock.monotonic() + gap, opening_of(stopping_));
  co_return waited.code() == Code::deadline_exceeded;
}

Task<void> Workload::run(Client& client) {
  for (ClientOp op : context_.plan.clients[client.index]) {
    if (!co_await wait(Duration(op.gap))) break;
    const std::size_t planned = op.proxy % proxies_.size();
    const std::size_t proxy = client.choice.choose(planned, environment_.clock.monotonic());
    op.proxy = static_cast<std::uint32_t>(proxy);
    const std::size_t id = co_await client.calls.do_operation(std::move(op));
    const Operation& done = context_.history.operations[id];
    if (blames_proxy(done)) client.choice.failed(proxy, environment_.clock.monotonic());
    notes_.push_back({done.invoked, done.completed, (client.home + planned) % proxies_.size(),
                      (client.home + proxy) % proxies_.size(), done.outcome == Outcome::ok});
  }
  client.calls.be_through();
}

Task<void> Workload::stop() {
  stopping_.open();
  co_await group_.join();
  for (const std::unique_ptr<Client>& client : clients_) co_await client->calls.stop();
}

std::size_t Workload::answered(sim::SimTime from, sim::SimTime to) const {
  return static_cast<std::size_t>(std::ranges::count_if(notes_, [&](const CallNote& note) {
    return note.ok && note.completed >= from && note.completed < to;
  }));
}

std::size_t Workload::through_other(std::size_t proxy, sim::SimTime from, sim::SimTime to) const {
  return static_cast<std::size_t>(std::ranges::count_if(notes_, [&](const CallNote& note) {
    return note.ok && note.planned == proxy && note.proxy != proxy && note.completed >= from &&
           note.completed < to;
  }));
}

}  // namespace eyrie::scenarios::live
