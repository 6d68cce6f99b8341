#include "tests/support/memory_network.h"

#include <algorithm>
#include <utility>

namespace eyrie::test {

namespace {

constexpr std::size_t kMessageBytesMax = 8u << 20;

class MemoryConnection : public Connection {
 public:
  MemoryConnection(MemoryNetwork& network, std::shared_ptr<MemoryLink> link, bool server)
      : network_(network), link_(std::move(link)), server_(server) {}
  // A send may not outlive its connection, but at a crash.
  ~MemoryConnection() override {
    EYRIE_CHECK(*inside_ == 0 || executor_->stopped(), "a connection was destroyed within a send");
    link_->sever();
  }

  Task<Status> send(Bytes message) override {
    executor_ = &(co_await this_scope()).executor();
    const std::shared_ptr<int> inside = inside_;
    ++*inside;
    Status status = co_await send_on(network_, link_, out(), std::move(message));
    --*inside;
    co_return status;
  }
  Task<Result<Bytes>> receive() override { return receive_on(link_, in()); }
  void close() override { link_->sever(); }
  const Address& peer() const override { return server_ ? link_->client : link_->server; }

 private:
  MemoryPipe& out() { return server_ ? link_->to_client : link_->to_server; }
  MemoryPipe& in() { return server_ ? link_->to_server : link_->to_client; }

  static Task<Status> send_on(MemoryNetwork& network, std::shared_ptr<MemoryLink> link,
                              MemoryPipe& pipe, Bytes message) {
    if (message.size() > kMessageBytesMax) {
      co_return Status(Code::resource_exhausted, "the message is above the limit");
    }
    const std::uint64_t turn = pipe.senders_came++;
    Status waited;
    while (!link->broken && waited.ok() &&
           (turn != pipe.senders_served || pipe.inbox.size() + pipe.held.size() >= pipe.window)) {
      waited = co_await QueueWait(pipe.senders, false);
    }
    if (turn == pipe.senders_served) ++pipe.senders_served;
    wake_all(pipe.senders);
    EYRIE_CO_RETURN_IF_ERROR(waited);
    if (link->broken || pipe.mode == MemoryPipe::Mode::refuse) {
      co_return Status(Code::unavailable, "the connection is broken");
    }
    ++pipe.accepted;
    if (network.on_accepted) network.on_accepted(*link, pipe, message);
    if (link->broken || pipe.mode == MemoryPipe::Mode::lose) co_return Status();
    if (pipe.mode == MemoryPipe::Mode::hold) {
      pipe.held.push_back(std::move(message));
    } else {
      pipe.inbox.push_back(std::move(message));
      wake_all(pipe.readers);
    }
    co_return Status();
  }

  static Task<Result<Bytes>> receive_on(std::shared_ptr<MemoryLink> link, MemoryPipe& pipe) {
    while (pipe.inbox.empty()) {
      if (link->broken) co_return fail(Code::unavailable, "the connection is broken");
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(pipe.readers, false));
    }
    Bytes message = std::move(pipe.inbox.front());
    pipe.inbox.pop_front();
    wake_all(pipe.senders);
    co_return message;
  }

  MemoryNetwork& network_;
  std::shared_ptr<MemoryLink> link_;
  bool server_;
  std::shared_ptr<int> inside_ = std::make_shared<int>(0);
  Executor* executor_ = nullptr;
};

}  // namespace

void MemoryLink::sever() {
  if (broken) return;
  broken = true;
  for (MemoryPipe* pipe : {&to_server, &to_client}) {
    pipe->inbox.clear();
    pipe->held.clear();
    wake_all(pipe->senders);
    wake_all(pipe->readers);
  }
}

void MemoryLink::set_mode(MemoryPipe& pipe, MemoryPipe::Mode mode) {
  pipe.mode = mode;
  if (mode != MemoryPipe::Mode::deliver) return;
  while (!pipe.held.empty()) {
    pipe.inbox.push_back(std::move(pipe.held.front()));
    pipe.held.pop_front();
  }
  wake_all(pipe.readers);
}

class MemoryListener : public Listener {
 public:
  MemoryListener(MemoryNetwork& network, Address address, std::shared_ptr<MemoryNetwork::Port> port)
      : network_(network), address_(std::move(address)), port_(std::move(port)) {}
  ~MemoryListener() override { close(); }

  Task<Result<std::unique_ptr<Connection>>> accept() override {
    while (port_->backlog.empty()) {
      if (!port_->open) co_return fail(Code::failed_precondition, "the listener is closed");
      EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(port_->acceptors, false));
    }
    std::shared_ptr<MemoryLink> link = std::move(port_->backlog.front());
    port_->backlog.pop_front();
    co_return std::make_unique<MemoryConnection>(network_, std::move(link), true);
  }

  void close() override {
    if (!port_->open) return;
    port_->open = false;
    for (const std::shared_ptr<MemoryLink>& link : port_->backlog) link->sever();
    port_->backlog.clear();
    wake_all(port_->acceptors);
    network_.ports_.erase(address_);
  }
  const Address& address() const override { return address_; }

 private:
  MemoryNetwork& network_;
  Address address_;
  std::shared_ptr<MemoryNetwork::Port> port_;
};

std::size_t MemoryNetwork::open_links() const {
  return static_cast<std::size_t>(
      std::count_if(links_.begin(), links_.end(), [](const auto& link) { return !link->broken; }));
}

Task<Result<std::unique_ptr<Listener>>> MemoryNetwork::listen(Address address) {
  if (address.port == 0) address.port = next_port_++;
  auto port = std::make_shared<Port>();
  if (!ports_.emplace(address, port).second) {
    co_return fail(Code::already_exists, to_string(address) + " is in use");
  }
  co_return std::make_unique<MemoryListener>(*this, address, port);
}

Task<Result<std::unique_ptr<Connection>>> MemoryNetwork::connect(Address address) {
  ++dialed_;
  if (dialing_ == Dialing::hang) {
    WaitQueue nobody;
    EYRIE_CO_RETURN_IF_ERROR(co_await QueueWait(nobody, false));
  }
  const auto port = ports_.find(address);
  if (dialing_ != Dialing::connect || port == ports_.end()) {
    co_return fail(Code::unavailable, to_string(address) + " refused the connection");
  }
  auto link = std::make_shared<MemoryLink>();
  link->client = {"client", next_port_++};
  link->server = address;
  links_.push_back(link);
  if (on_connect) on_connect(*link);
  port->second->backlog.push_back(link);
  wake_all(port->second->acceptors);
  co_return std::make_unique<MemoryConnection>(*this, std::move(link), false);
}

}  // namespace eyrie::test
