#include "runtime/loopback_network.h"

#include <array>
#include <deque>
#include <optional>
#include <utility>

#include "runtime/check.h"
#include "runtime/list.h"
#include "runtime/sync.h"

namespace eyrie {

namespace {

// The range that operating systems give to who asks for no port; here also callers' own.
constexpr std::uint16_t kFirstFreePort = 49'152;
constexpr std::size_t kFreePorts = 65'536 - kFirstFreePort;
// A message costs at least this much memory, however short it is.
constexpr std::size_t kMessageOverheadBytes = 64;

}  // namespace

// What both ends of a connection share. Side 0 connected, side 1 accepted.
//
// Invariants:
//  (L1) Messages of one way are in the order of the send() calls: who must wait stands in line, and
//       whoever makes room lets the first of the line in.
//  (L2) A message is in the pipe whole or not at all; a send that was cancelled left nothing.
//  (L3) Nothing is accepted once either side has closed. What was before can be received by the
//       side that did not close.
class LoopbackNetwork::Link {
 public:
  Link(Address client, Address server, std::size_t window_bytes)
      : names_{std::move(client), std::move(server)}, window_bytes_(window_bytes) {}

  static Task<Status> send(std::shared_ptr<Link> link, std::size_t side, Bytes message) {
    if (message.size() > kMessageBytesMax) {
      co_return Status(Code::resource_exhausted, "a message of " + std::to_string(message.size()) +
                                                     " bytes, the limit is " +
                                                     std::to_string(kMessageBytesMax));
    }
    if (link->ended()) co_return link->why(side);
    Pipe& pipe = link->pipes_[side];
    if (pipe.waiting.empty() && link->has_room(pipe, message.size())) {
      pipe.put(std::move(message));
      co_return Status();
    }
    WaitingSend waiting(std::move(message));
    pipe.waiting.push_back(waiting);
    const Status waited = co_await waiting.decided.wait();
    if (waiting.outcome) co_return *waiting.outcome;
    waiting.unlink();
    link->admit_waiting(pipe);  // a smaller one behind it may fit
    co_return waited;
  }

  static Task<Result<Bytes>> receive(std::shared_ptr<Link> link, std::size_t side) {
    Pipe& pipe = link->pipes_[1 - side];
    while (pipe.messages.empty()) {
      if (link->ended()) co_return fail(link->why(side));
      EYRIE_CHECK(!pipe.arrived.has_waiters(), "one receive() at a time");
      EYRIE_CO_RETURN_IF_ERROR(co_await pipe.arrived.wait());
    }
    Bytes message = pipe.take();
    link->admit_waiting(pipe);
    co_return message;
  }

  void close(std::size_t side) {
    if (closed_[side]) return;
    closed_[side] = true;
    for (const std::size_t sender : {std::size_t{0}, std::size_t{1}}) {
      Pipe& pipe = pipes_[sender];
      while (!pipe.waiting.empty()) pipe.waiting.front().decide(why(sender));
      pipe.arrived.notify_all();
    }
    pipes_[1 - side].drop();
  }

  const Address& peer(std::size_t side) const { return names_[1 - side]; }

 private:
  struct WaitingTag;
  // A send() that waits for room, in its frame.
  struct WaitingSend : ListNode<WaitingTag> {
    explicit WaitingSend(Bytes bytes) : message(std::move(bytes)) {}
    void decide(Status status) {
      unlink();
      outcome = std::move(status);
      decided.open();
    }

    Bytes message;
    std::optional<Status> outcome;
    Gate decided;
  };

  // What one side sends.
  struct Pipe {
    void put(Bytes message) {
      bytes += message.size() + kMessageOverheadBytes;
      messages.push_back(std::move(message));
      arrived.notify_all();
    }
    Bytes take() {
      Bytes message = std::move(messages.front());
      messages.pop_front();
      bytes -= message.size() + kMessageOverheadBytes;
      return message;
    }
    void drop() {
      messages.clear();
      bytes = 0;
    }

    std::deque<Bytes> messages;
    std::size_t bytes = 0;
    List<WaitingSend, WaitingTag> waiting;
    Condition arrived;
  };

  bool ended() const { return closed_[0] || closed_[1]; }
  Status why(std::size_t side) const {
    return {Code::unavailable,
            "the connection with " + to_string(peer(side)) +
                (closed_[side] ? " was closed here" : " was closed by the peer")};
  }
  bool has_room(const Pipe& pipe, std::size_t message_bytes) const {
    return pipe.messages.empty() ||
           pipe.bytes + message_bytes + kMessageOverheadBytes <= window_bytes_;
  }
  void admit_waiting(Pipe& pipe) {
    while (!pipe.waiting.empty() && has_room(pipe, pipe.waiting.front().message.size())) {
      WaitingSend& first = pipe.waiting.front();
      pipe.put(std::move(first.message));
      first.decide(Status());
    }
  }

  std::array<Address, 2> names_;
  std::size_t window_bytes_;
  std::array<Pipe, 2> pipes_;
  std::array<bool, 2> closed_ = {false, false};
};

class LoopbackNetwork::End final : public Connection {
 public:
  End(std::shared_ptr<Link> link, std::size_t side) : link_(std::move(link)), side_(side) {}
  ~End() override { link_->close(side_); }

  Task<Status> send(Bytes message) override { return Link::send(link_, side_, std::move(message)); }
  Task<Result<Bytes>> receive() override { return Link::receive(link_, side_); }
  void close() override { link_->close(side_); }
  const Address& peer() const override { return link_->peer(side_); }

 private:
  std::shared_ptr<Link> link_;  // shared with calls under way and with the other end
  std::size_t side_;
};

struct LoopbackNetwork::Port {
  bool open = true;
  std::deque<std::unique_ptr<Connection>> backlog;  // accepting ends
  Condition came;
};

class LoopbackNetwork::Door final : public Listener {
 public:
  Door(LoopbackNetwork& network, Address address, std::shared_ptr<Port> port)
      : network_(network), address_(std::move(address)), port_(std::move(port)) {}
  ~Door() override { shut(); }

  Task<Result<std::unique_ptr<Connection>>> accept() override { return accept_from(port_); }
  void close() override { shut(); }
  const Address& address() const override { return address_; }

 private:
  static Task<Result<std::unique_ptr<Connection>>> accept_from(std::shared_ptr<Port> port) {
    while (port->backlog.empty()) {
      if (!port->open) co_return fail(Code::failed_precondition, "the listener is closed");
      EYRIE_CO_RETURN_IF_ERROR(co_await port->came.wait());
    }
    std::unique_ptr<Connection> connection = std::move(port->backlog.front());
    port->backlog.pop_front();
    co_return connection;
  }
  void shut() {
    if (!port_->open) return;
    port_->open = false;
    port_->backlog.clear();
    port_->came.notify_all();
    network_.ports_.erase(address_.port);
  }

  LoopbackNetwork& network_;
  Address address_;
  std::shared_ptr<Port> port_;
};

LoopbackNetwork::LoopbackNetwork(std::string host, Network& below, LoopbackLimits limits)
    : host_(std::move(host)), below_(below), limits_(limits), next_port_(kFirstFreePort) {}

LoopbackNetwork::~LoopbackNetwork() = default;

Task<Result<std::unique_ptr<Listener>>> LoopbackNetwork::listen(Address address) {
  if (address.host == host_) co_return listen_here(std::move(address));
  co_return co_await below_.listen(std::move(address));
}

Task<Result<std::unique_ptr<Connection>>> LoopbackNetwork::connect(Address address) {
  if (address.host == host_) co_return connect_here(address);
  co_return co_await below_.connect(std::move(address));
}

Result<std::unique_ptr<Listener>> LoopbackNetwork::listen_here(Address address) {
  if (address.port == 0) address.port = free_port();
  if (address.port == 0)
    return fail(Code::resource_exhausted, "every port of " + host_ + " is in use");
  auto port = std::make_shared<Port>();
  if (!ports_.emplace(address.port, port).second) {
    return fail(Code::already_exists, to_string(address) + " is in use");
  }
  return std::make_unique<Door>(*this, std::move(address), std::move(port));
}

Result<std::unique_ptr<Connection>> LoopbackNetwork::connect_here(const Address& address) {
  const auto found = ports_.find(address.port);
  if (found == ports_.end()) {
    return fail(Code::unavailable, to_string(address) + " refused the connection");
  }
  Port& port = *found->second;
  if (port.backlog.size() >= limits_.backlog_max) {
    return fail(Code::unavailable, to_string(address) + " has " +
                                       std::to_string(port.backlog.size()) +
                                       " connections that nobody accepted");
  }
  auto link = std::make_shared<Link>(Address{host_, free_port()}, address, limits_.window_bytes);
  port.backlog.push_back(std::make_unique<End>(link, 1));
  port.came.notify_all();
  return std::make_unique<End>(std::move(link), 0);
}

std::uint16_t LoopbackNetwork::free_port() {
  for (std::size_t tries = 0; tries < kFreePorts; ++tries) {
    const std::uint16_t port = next_port_;
    next_port_ = port == 65'535 ? kFirstFreePort : static_cast<std::uint16_t>(port + 1);
    if (!ports_.contains(port)) return port;
  }
  return 0;
}

}  // namespace eyrie
