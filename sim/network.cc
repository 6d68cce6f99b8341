#include "sim/network.h"

#include <utility>

namespace eyrie::sim {

namespace {

Status broken(const Address& peer) {
  return Status(Code::unavailable, "the connection with " + to_string(peer) + " is broken");
}

// A send's place among those of its connection that wait for room: they keep the order of their
// calls, in whichever order they are woken.
class Turn {
 public:
  explicit Turn(EndpointRef endpoint)
      : endpoint_(std::move(endpoint)), number_(endpoint_->sends_held_back++) {
    endpoint_->sends_waiting.insert(number_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    endpoint_->sends_waiting.erase(number_);
    wake_all(endpoint_->senders);
  }
  bool has_come() const {
    return *endpoint_->sends_waiting.begin() == number_ && endpoint_->unread_bytes < kWindowBytes;
  }

 private:
  EndpointRef endpoint_;
  std::uint64_t number_;
};

class SimConnection : public Connection {
 public:
  SimConnection(Fabric& fabric, LifeGuard& guard, EndpointRef endpoint)
      : fabric_(fabric), guard_(guard), endpoint_(std::move(endpoint)) {}
  ~SimConnection() override { close(); }

  Task<Status> send(Bytes message) override {
    guard_.expect_alive("Connection::send");
    return send_now(std::move(message));
  }
  Task<Result<Bytes>> receive() override {
    guard_.expect_alive("Connection::receive");
    return receive_now();
  }

  void close() override { fabric_.close(endpoint_); }
  const Address& peer() const override { return endpoint_->peer_address; }

 private:
  Task<Status> send_now(Bytes message) {
    if (message.size() > kMessageBytesMax) {
      co_return Status(Code::resource_exhausted, "a message of " + std::to_string(message.size()) +
                                                     " bytes is over the limit");
    }
    const bool full = endpoint_->unread_bytes >= kWindowBytes;
    if (full || !endpoint_->sends_waiting.empty()) {
      const Turn turn(endpoint_);
      while (!endpoint_->broken && !turn.has_come()) {
        EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(endpoint_->senders, false));
      }
    }
    if (endpoint_->broken) co_return broken(endpoint_->peer_address);
    fabric_.send(endpoint_, std::move(message));
    co_return Status();
  }

  Task<Result<Bytes>> receive_now() {
    while (endpoint_->inbox.empty()) {
      if (endpoint_->broken) co_return fail(broken(endpoint_->peer_address));
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(endpoint_->receivers, false));
    }
    Bytes message = std::move(endpoint_->inbox.front());
    endpoint_->inbox.pop_front();
    fabric_.consumed(endpoint_, message.size());
    co_return message;
  }

  Fabric& fabric_;
  LifeGuard& guard_;
  EndpointRef endpoint_;
};

class SimListener : public Listener {
 public:
  SimListener(Fabric& fabric, LifeGuard& guard, std::shared_ptr<Port> port)
      : fabric_(fabric), guard_(guard), port_(std::move(port)) {}
  ~SimListener() override { close(); }

  Task<Result<std::unique_ptr<Connection>>> accept() override {
    guard_.expect_alive("Listener::accept");
    return accept_now();
  }

  void close() override { fabric_.close_port(port_); }
  const Address& address() const override { return port_->address; }

 private:
  Task<Result<std::unique_ptr<Connection>>> accept_now() {
    while (port_->backlog.empty()) {
      if (port_->closed) co_return fail(Code::failed_precondition, "the listener is closed");
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(port_->acceptors, false));
    }
    EndpointRef endpoint = std::move(port_->backlog.front());
    port_->backlog.pop_front();
    co_return std::make_unique<SimConnection>(fabric_, guard_, std::move(endpoint));
  }

  Fabric& fabric_;
  LifeGuard& guard_;
  std::shared_ptr<Port> port_;
};

}  // namespace

Task<Result<std::unique_ptr<Listener>>> SimNetwork::listen(Address address) {
  guard_.expect_alive("Network::listen");
  return listen_now(std::move(address));
}

Task<Result<std::unique_ptr<Connection>>> SimNetwork::connect(Address address) {
  guard_.expect_alive("Network::connect");
  return connect_now(std::move(address));
}

Task<Result<std::unique_ptr<Listener>>> SimNetwork::listen_now(Address address) {
  EYRIE_CO_TRY(std::shared_ptr<Port> port, fabric_.listen(machine_, std::move(address)));
  co_return std::make_unique<SimListener>(fabric_, guard_, std::move(port));
}

Task<Result<std::unique_ptr<Connection>>> SimNetwork::connect_now(Address address) {
  EYRIE_CO_TRY(EndpointRef endpoint, fabric_.connect(machine_, address));
  auto connection = std::make_unique<SimConnection>(fabric_, guard_, endpoint);
  while (!endpoint->connected && !endpoint->broken) {
    EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(endpoint->senders, false));
  }
  if (endpoint->broken) {
    co_return fail(Code::unavailable, to_string(address) + " refused the connection");
  }
  co_return connection;
}

}  // namespace eyrie::sim
