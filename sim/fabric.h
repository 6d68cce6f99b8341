// Fabric: the wires between machines, and every connection over them.
//
// A link is an ordered pair of machines. A message takes the link's latency, drawn from
// (seed, link, its number on the link), so that one message more or less moves no other. Messages
// of one direction of a connection arrive in order. What cannot pass a blocked link waits, as TCP
// would send it again, and passes when the link opens.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/network.h"
#include "runtime/random.h"
#include "runtime/sync.h"
#include "sim/scheduler.h"

namespace eyrie::sim {

using MachineIndex = std::uint32_t;

struct LatencyOptions {
  SimTime base_min = 50 * kMicrosecond;  // a pair's base is drawn once, between these
  SimTime base_max = 500 * kMicrosecond;
  SimTime tail_max = 20 * kMillisecond;  // one message in `tail_one_in` takes up to this
  std::uint64_t tail_one_in = 1'000;
  std::int64_t nanoseconds_per_byte = 1;  // a gigabyte a second
};

// What the fabric asks of a machine.
class FabricHost {
 public:
  virtual const std::string& name() const = 0;
  virtual NameId name_id() const = 0;
  virtual bool powered() const = 0;
  // 0 while no process runs; each start has a greater one.
  virtual std::uint32_t incarnation() const = 0;

 protected:
  ~FabricHost() = default;
};

class Fabric;
struct Endpoint;
using EndpointRef = std::shared_ptr<Endpoint>;

// A connection waiting to be accepted, or a port that listens.
struct Port {
  Address address;
  std::uint32_t incarnation = 0;
  bool closed = false;
  std::deque<EndpointRef> backlog;
  WaitQueue acceptors;
};

// One side of a connection. Shared by the component's Connection and the fabric.
struct Endpoint {
  MachineIndex machine = 0;
  std::uint32_t incarnation = 0;
  Address peer_address;
  std::weak_ptr<Endpoint> peer;
  MachineIndex peer_machine = 0;

  bool connected = false;  // the handshake is through
  bool broken = false;     // nothing more arrives or leaves
  bool forgotten = false;  // half-open: this side's kernel has lost it without telling
  std::deque<Bytes> inbox;
  WaitQueue receivers;
  WaitQueue senders;                      // wait for room in the window, or for the handshake
  std::uint64_t sends_held_back = 0;      // ever, for room
  std::set<std::uint64_t> sends_waiting;  // numbers of those that are: they go in this order

  // Towards the peer.
  enum class Kind : std::uint8_t { syn, accepted, data, end, reset };
  struct Flight {
    Kind kind = Kind::data;
    std::uint16_t port = 0;  // of a syn
    Bytes bytes;
  };
  std::deque<Flight> flights;
  std::size_t unread_bytes = 0;  // in flight or in the peer's inbox
  SimTime last_arrival = 0;
  std::size_t stalled = 0;  // arrivals that came due while the link was blocked
};

class Fabric : public Actor {
 public:
  Fabric(Scheduler& scheduler, Random random, LatencyOptions options);

  void add_machine(FabricHost& host);
  MachineIndex index_of(const std::string& name) const;  // UINT32_MAX if there is none

  // --- for SimNetwork ---
  Result<std::shared_ptr<Port>> listen(MachineIndex machine, Address address);
  void close_port(const std::shared_ptr<Port>& port);
  Result<EndpointRef> connect(MachineIndex from, const Address& to);
  void send(const EndpointRef& from, Bytes message);
  // The application took bytes from its inbox: its peer's window has room again.
  void consumed(const EndpointRef& by, std::size_t bytes);
  void close(const EndpointRef& endpoint);

  // --- for the world and its faults ---
  // A link is blocked as long as more block than unblock calls were made.
  void block(MachineIndex from, MachineIndex to);
  void unblock(MachineIndex from, MachineIndex to);
  bool blocked(MachineIndex from, MachineIndex to) const;
  // Adds to every message's time until then.
  void slow_down(MachineIndex from, MachineIndex to, SimTime by, SimTime until);
  // Messages that came due while the link was blocked, and those that were sent while it was slow.
  std::uint64_t held_back(MachineIndex from, MachineIndex to) const;
  std::uint64_t slowed(MachineIndex from, MachineIndex to) const;
  // Resets every connection between the two; what is in flight arrives in part. Returns how many.
  std::size_t reset_between(MachineIndex a, MachineIndex b, std::uint64_t nonce);
  // One side forgets its connections with the other, and the other is not told.
  std::size_t forget_between(MachineIndex machine, MachineIndex peer);
  // A process ended; its kernel, if it lives, tells the peers.
  void process_ended(MachineIndex machine, std::uint32_t incarnation, bool kernel_lives);

  std::uint64_t messages() const { return messages_; }

  bool stale(std::uint64_t argument) const override;
  void act(std::uint64_t argument) override;

 private:
  struct Link {
    bool known = false;
    SimTime base = 0;
    int blocks = 0;
    SimTime slow_by = 0;
    SimTime slow_until = 0;
    std::uint64_t sequence = 0;
    std::uint64_t held_back = 0;
    std::uint64_t slowed = 0;
    std::vector<EndpointRef> stalled;  // senders with stalled arrivals
  };

  // Holds until the next call for another pair.
  Link& link(MachineIndex from, MachineIndex to);
  const Link* known_link(MachineIndex from, MachineIndex to) const;
  void launch(const EndpointRef& from, Endpoint::Flight flight);
  void schedule_arrival(const EndpointRef& from, SimTime at);
  SimTime latency(MachineIndex from, MachineIndex to, std::size_t bytes);
  void arrive(const EndpointRef& from);
  void arrive_syn(const EndpointRef& from, const Endpoint::Flight& flight);
  void break_endpoint(Endpoint& endpoint);
  void lose_some_flights(Endpoint& endpoint, std::uint64_t nonce);
  bool alive(const Endpoint& endpoint) const;
  void remember(const EndpointRef& endpoint);

  Scheduler& scheduler_;
  Random random_;
  LatencyOptions options_;
  std::uint64_t latency_seed_;
  NameId what_arrival_;
  std::vector<FabricHost*> hosts_;
  std::map<std::string, MachineIndex> by_name_;
  std::vector<std::vector<Link>> links_;  // [from][to], made when first asked for
  std::map<Address, std::shared_ptr<Port>> ports_;
  // By the pair of machines, lower first, in order of creation; pruned as they die.
  std::map<std::pair<MachineIndex, MachineIndex>, std::vector<std::weak_ptr<Endpoint>>> endpoints_;
  // An arrival's event names a slot that keeps the sender alive until it fires.
  std::vector<EndpointRef> arrivals_;
  std::vector<std::size_t> free_arrivals_;
  std::uint64_t messages_ = 0;
  std::uint16_t next_free_port_ = 32'768;
};

}  // namespace eyrie::sim
