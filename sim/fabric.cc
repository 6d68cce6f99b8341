#include "sim/fabric.h"

#include <algorithm>
#include <utility>

namespace eyrie::sim {

namespace {

std::pair<MachineIndex, MachineIndex> unordered(MachineIndex a, MachineIndex b) {
  return std::minmax(a, b);
}

// A draw in [0, bound) that depends on its arguments alone.
std::uint64_t keyed_below(std::uint64_t key, std::uint64_t bound) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(mix64(key)) * bound >> 64);
}

}  // namespace

Fabric::Fabric(Scheduler& scheduler, Random random, LatencyOptions options)
    : scheduler_(scheduler),
      random_(random),
      options_(options),
      latency_seed_(random.stream("latency").next()),
      what_arrival_(scheduler.log().intern("arrival")) {}

void Fabric::add_machine(FabricHost& host) {
  by_name_.emplace(host.name(), static_cast<MachineIndex>(hosts_.size()));
  hosts_.push_back(&host);
}

MachineIndex Fabric::index_of(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found != by_name_.end() ? found->second : UINT32_MAX;
}

Fabric::Link& Fabric::link(MachineIndex from, MachineIndex to) {
  if (from >= links_.size()) links_.resize(hosts_.size());
  std::vector<Link>& links = links_[from];
  if (to >= links.size()) links.resize(hosts_.size());
  Link& found = links[to];
  if (!found.known) {
    const std::uint64_t span =
        static_cast<std::uint64_t>(options_.base_max - options_.base_min) + 1;
    const std::uint64_t key = latency_seed_ ^ (static_cast<std::uint64_t>(from) << 32 | to);
    found.base = options_.base_min + static_cast<SimTime>(keyed_below(key, span));
    if (from == to) found.base = options_.base_min / 10;
    found.known = true;
  }
  return found;
}

const Fabric::Link* Fabric::known_link(MachineIndex from, MachineIndex to) const {
  if (from >= links_.size() || to >= links_[from].size()) return nullptr;
  return &links_[from][to];
}

std::uint64_t Fabric::held_back(MachineIndex from, MachineIndex to) const {
  const Link* over = known_link(from, to);
  return over != nullptr ? over->held_back : 0;
}

std::uint64_t Fabric::slowed(MachineIndex from, MachineIndex to) const {
  const Link* over = known_link(from, to);
  return over != nullptr ? over->slowed : 0;
}

SimTime Fabric::latency(MachineIndex from, MachineIndex to, std::size_t bytes) {
  Link& over = link(from, to);
  const std::uint64_t key = mix64(latency_seed_ + (static_cast<std::uint64_t>(from) << 32 | to)) +
                            ++over.sequence * 0x9E3779B97F4A7C15ULL;
  SimTime time =
      over.base + static_cast<SimTime>(keyed_below(key, static_cast<std::uint64_t>(over.base)));
  if (from != to && keyed_below(key ^ 0x7A11, options_.tail_one_in) == 0) {
    time += static_cast<SimTime>(
        keyed_below(key ^ 0x10A6, static_cast<std::uint64_t>(options_.tail_max)));
  }
  if (over.slow_until > scheduler_.now()) {
    time += over.slow_by;
    ++over.slowed;
  }
  return time + static_cast<SimTime>(bytes) * options_.nanoseconds_per_byte;
}

Result<std::shared_ptr<Port>> Fabric::listen(MachineIndex machine, Address address) {
  if (address.port == 0) address.port = next_free_port_++;
  const Address key{hosts_[machine]->name(), address.port};
  const auto found = ports_.find(key);
  if (found != ports_.end()) {
    return fail(Code::already_exists, "port " + to_string(key) + " is in use");
  }
  auto port = std::make_shared<Port>();
  port->address = key;
  port->incarnation = hosts_[machine]->incarnation();
  ports_.emplace(key, port);
  return port;
}

void Fabric::close_port(const std::shared_ptr<Port>& port) {
  if (port->closed) return;
  port->closed = true;
  ports_.erase(port->address);
  wake_all(port->acceptors);
  for (const EndpointRef& endpoint : port->backlog) close(endpoint);
  port->backlog.clear();
}

Result<EndpointRef> Fabric::connect(MachineIndex from, const Address& to) {
  const MachineIndex target = index_of(to.host);
  if (target == UINT32_MAX) {
    return fail(Code::unavailable, "no machine is named '" + to.host + "'");
  }
  auto endpoint = std::make_shared<Endpoint>();
  endpoint->machine = from;
  endpoint->incarnation = hosts_[from]->incarnation();
  endpoint->peer_machine = target;
  endpoint->peer_address = to;
  remember(endpoint);
  launch(endpoint, {Endpoint::Kind::syn, to.port, {}});
  return endpoint;
}

void Fabric::remember(const EndpointRef& endpoint) {
  auto& list = endpoints_[unordered(endpoint->machine, endpoint->peer_machine)];
  std::erase_if(list, [](const std::weak_ptr<Endpoint>& weak) {
    const EndpointRef known = weak.lock();
    return known == nullptr || known->broken;
  });
  list.push_back(endpoint);
}

void Fabric::send(const EndpointRef& from, Bytes message) {
  from->unread_bytes += message.size();
  launch(from, {Endpoint::Kind::data, 0, std::move(message)});
}

void Fabric::launch(const EndpointRef& from, Endpoint::Flight flight) {
  const SimTime arrival =
      std::max(from->last_arrival + 1,
               scheduler_.now() + latency(from->machine, from->peer_machine, flight.bytes.size()));
  from->last_arrival = arrival;
  ++messages_;
  const std::uint64_t path = static_cast<std::uint64_t>(hosts_[from->machine]->name_id()) << 32 |
                             hosts_[from->peer_machine]->name_id();
  scheduler_.log().message(scheduler_.now(), path, messages_, flight.bytes);
  from->flights.push_back(std::move(flight));
  schedule_arrival(from, arrival);
}

void Fabric::schedule_arrival(const EndpointRef& from, SimTime at) {
  std::size_t slot = arrivals_.size();
  if (free_arrivals_.empty()) {
    arrivals_.push_back(from);
  } else {
    slot = free_arrivals_.back();
    free_arrivals_.pop_back();
    arrivals_[slot] = from;
  }
  scheduler_.at(at, *this, slot, hosts_[from->peer_machine]->name_id(), what_arrival_);
}

bool Fabric::stale(std::uint64_t) const {
  return false;
}

void Fabric::act(std::uint64_t argument) {
  const EndpointRef from = std::move(arrivals_[argument]);
  free_arrivals_.push_back(argument);
  if (from->flights.empty()) return;  // a reset took it
  Link& over = link(from->machine, from->peer_machine);
  if (over.blocks > 0) {
    ++over.held_back;
    if (from->stalled++ == 0) over.stalled.push_back(from);
    return;
  }
  arrive(from);
}

void Fabric::arrive(const EndpointRef& from) {
  Endpoint::Flight flight = std::move(from->flights.front());
  from->flights.pop_front();
  if (!hosts_[from->peer_machine]->powered()) return;  // nobody there to answer
  if (flight.kind == Endpoint::Kind::syn) {
    arrive_syn(from, flight);
    return;
  }
  const EndpointRef to = from->peer.lock();
  if (to == nullptr || to->forgotten || !alive(*to)) {
    // The kernel knows no such connection and says so, once, to what is not itself a reset.
    if (flight.kind != Endpoint::Kind::reset && !from->broken) {
      auto answer = std::make_shared<Endpoint>();
      answer->machine = from->peer_machine;
      answer->peer_machine = from->machine;
      answer->peer = from;
      launch(answer, {Endpoint::Kind::reset, 0, {}});
    }
    return;
  }
  switch (flight.kind) {
    case Endpoint::Kind::accepted:
      to->connected = true;
      wake_all(to->senders);
      return;
    case Endpoint::Kind::data:
      if (to->broken) return;
      to->inbox.push_back(std::move(flight.bytes));
      if (!to->receivers.empty()) to->receivers.front().wake();
      return;
    case Endpoint::Kind::end:
    case Endpoint::Kind::reset:
      break_endpoint(*to);
      return;
    case Endpoint::Kind::syn:
      return;
  }
}

void Fabric::arrive_syn(const EndpointRef& from, const Endpoint::Flight& flight) {
  auto accepted = std::make_shared<Endpoint>();
  accepted->machine = from->peer_machine;
  accepted->peer_machine = from->machine;
  accepted->peer = from;
  accepted->incarnation = hosts_[from->peer_machine]->incarnation();
  accepted->peer_address = {hosts_[from->machine]->name(), 0};
  const auto port = ports_.find(Address{hosts_[from->peer_machine]->name(), flight.port});
  if (port == ports_.end() || port->second->incarnation != accepted->incarnation) {
    launch(accepted, {Endpoint::Kind::reset, 0, {}});
    return;
  }
  accepted->connected = true;
  from->peer = accepted;
  remember(accepted);
  launch(accepted, {Endpoint::Kind::accepted, 0, {}});
  port->second->backlog.push_back(accepted);
  if (!port->second->acceptors.empty()) port->second->acceptors.front().wake();
}

void Fabric::break_endpoint(Endpoint& endpoint) {
  endpoint.broken = true;
  wake_all(endpoint.receivers);
  wake_all(endpoint.senders);
}

bool Fabric::alive(const Endpoint& endpoint) const {
  return hosts_[endpoint.machine]->incarnation() == endpoint.incarnation;
}

void Fabric::consumed(const EndpointRef& by, std::size_t bytes) {
  const EndpointRef peer = by->peer.lock();
  if (peer == nullptr) return;
  peer->unread_bytes -= std::min(bytes, peer->unread_bytes);
  wake_all(peer->senders);
}

void Fabric::close(const EndpointRef& endpoint) {
  if (endpoint->broken || endpoint->forgotten || !alive(*endpoint)) return;
  break_endpoint(*endpoint);
  launch(endpoint, {Endpoint::Kind::end, 0, {}});
}

void Fabric::block(MachineIndex from, MachineIndex to) {
  ++link(from, to).blocks;
}

void Fabric::unblock(MachineIndex from, MachineIndex to) {
  Link& over = link(from, to);
  EYRIE_CHECK(over.blocks > 0);
  if (--over.blocks > 0) return;
  for (const EndpointRef& from_endpoint : std::exchange(over.stalled, {})) {
    const std::size_t stalled = std::exchange(from_endpoint->stalled, 0);
    for (std::size_t i = 0; i < stalled; ++i) {
      from_endpoint->last_arrival =
          std::max(from_endpoint->last_arrival + 1, scheduler_.now() + latency(from, to, 0));
      schedule_arrival(from_endpoint, from_endpoint->last_arrival);
    }
  }
}

bool Fabric::blocked(MachineIndex from, MachineIndex to) const {
  return from < links_.size() && to < links_[from].size() && links_[from][to].blocks > 0;
}

void Fabric::slow_down(MachineIndex from, MachineIndex to, SimTime by, SimTime until) {
  Link& over = link(from, to);
  over.slow_by = by;
  over.slow_until = until;
}

// What is in flight when a connection or a machine dies arrives in part: a drawn number of the
// oldest messages.
void Fabric::lose_some_flights(Endpoint& endpoint, std::uint64_t nonce) {
  endpoint.flights.resize(keyed_below(latency_seed_ ^ mix64(nonce), endpoint.flights.size() + 1));
}

std::size_t Fabric::reset_between(MachineIndex a, MachineIndex b, std::uint64_t nonce) {
  std::size_t count = 0;
  for (const std::weak_ptr<Endpoint>& weak : endpoints_[unordered(a, b)]) {
    const EndpointRef endpoint = weak.lock();
    if (endpoint == nullptr || endpoint->broken || !alive(*endpoint)) continue;
    ++count;
    lose_some_flights(*endpoint, nonce + count);
    launch(endpoint, {Endpoint::Kind::reset, 0, {}});
    break_endpoint(*endpoint);
  }
  return count;
}

std::size_t Fabric::forget_between(MachineIndex machine, MachineIndex peer) {
  std::size_t count = 0;
  for (const std::weak_ptr<Endpoint>& weak : endpoints_[unordered(machine, peer)]) {
    const EndpointRef endpoint = weak.lock();
    if (endpoint == nullptr || endpoint->broken || endpoint->machine != machine) continue;
    if (!alive(*endpoint)) continue;
    endpoint->forgotten = true;
    endpoint->flights.clear();
    break_endpoint(*endpoint);
    ++count;
  }
  return count;
}

void Fabric::process_ended(MachineIndex machine, std::uint32_t incarnation, bool kernel_lives) {
  for (auto it = ports_.begin(); it != ports_.end();) {
    const bool mine =
        it->first.host == hosts_[machine]->name() && it->second->incarnation == incarnation;
    if (mine) it->second->closed = true;
    it = mine ? ports_.erase(it) : std::next(it);
  }
  for (auto& [pair, list] : endpoints_) {
    if (pair.first != machine && pair.second != machine) continue;
    for (const std::weak_ptr<Endpoint>& weak : list) {
      const EndpointRef endpoint = weak.lock();
      if (endpoint == nullptr || endpoint->machine != machine || endpoint->broken) continue;
      if (endpoint->incarnation != incarnation) continue;
      endpoint->broken = true;
      if (kernel_lives) {
        launch(endpoint, {Endpoint::Kind::reset, 0, {}});
      } else {
        lose_some_flights(*endpoint, ++messages_);
      }
    }
  }
}

}  // namespace eyrie::sim
