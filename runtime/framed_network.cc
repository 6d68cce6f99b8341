#include "runtime/framed_network.h"

#include <utility>

#include "runtime/framed_link.h"

namespace eyrie {

namespace {

class FramedConnection final : public Connection {
 public:
  explicit FramedConnection(std::shared_ptr<FramedLink> link) : link_(std::move(link)) {}
  ~FramedConnection() override {
    if (link_->alive()) FramedLink::close(link_);
  }

  Task<Status> send(Bytes message) override { return FramedLink::send(link_, std::move(message)); }
  Task<Result<Bytes>> receive() override { return FramedLink::receive(link_); }
  void close() override { FramedLink::close(link_); }
  const Address& peer() const override { return link_->peer(); }

 private:
  std::shared_ptr<FramedLink> link_;
};

Status stopped() {
  return {Code::unavailable, "the network of this machine was stopped"};
}

}  // namespace

class FramedListener final : public Listener {
 public:
  FramedListener(FramedNetwork& network, std::unique_ptr<ByteListener> bytes)
      : network_(network), bytes_(std::move(bytes)) {}

  Task<Result<std::unique_ptr<Connection>>> accept() override {
    EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await bytes_->accept());
    if (network_.stopping_) co_return fail(Code::failed_precondition, stopped().message());
    co_return network_.start(std::move(stream));
  }
  void close() override { bytes_->close(); }
  const Address& address() const override { return bytes_->address(); }

 private:
  FramedNetwork& network_;
  std::unique_ptr<ByteListener> bytes_;
};

FramedNetwork::FramedNetwork(Executor& executor, Clock& clock, ByteNetwork& bytes,
                             FramedLimits limits)
    : clock_(clock), bytes_(bytes), limits_(limits), group_(executor) {}

FramedNetwork::~FramedNetwork() = default;

Task<Result<std::unique_ptr<Listener>>> FramedNetwork::listen(Address address) {
  if (stopping_) co_return fail(stopped());
  EYRIE_CO_TRY(std::unique_ptr<ByteListener> bytes, co_await bytes_.listen(std::move(address)));
  co_return std::make_unique<FramedListener>(*this, std::move(bytes));
}

Task<Result<std::unique_ptr<Connection>>> FramedNetwork::connect(Address address) {
  if (stopping_) co_return fail(stopped());
  EYRIE_CO_TRY(std::unique_ptr<ByteStream> stream, co_await bytes_.connect(std::move(address)));
  if (stopping_) co_return fail(stopped());
  co_return start(std::move(stream));
}

Task<void> FramedNetwork::stop() {
  stopping_ = true;
  links_.for_each([](FramedLink& link) { FramedLink::close(link.shared_from_this()); });
  co_await group_.join();
}

std::unique_ptr<Connection> FramedNetwork::start(std::unique_ptr<ByteStream> stream) {
  auto link = std::make_shared<FramedLink>(std::move(stream), clock_, group_, limits_);
  links_.push_back(*link);
  FramedLink::start(link);
  return std::make_unique<FramedConnection>(std::move(link));
}

}  // namespace eyrie
