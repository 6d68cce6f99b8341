#include "tests/support/memory_byte_network.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace eyrie::test {

namespace {

class MemoryByteStream final : public ByteStream {
 public:
  struct Shape {
    Random random;
    std::size_t pipe_bytes;
    std::size_t piece_bytes_max;
  };

  MemoryByteStream(std::shared_ptr<BytePipes> pipes, BytePipe& in, BytePipe& out, Address peer,
                   Shape shape)
      : pipes_(std::move(pipes)), in_(in), out_(out), peer_(std::move(peer)), shape_(shape) {}
  ~MemoryByteStream() override { close(); }

  Task<Result<Bytes>> read_some(std::size_t limit) override {
    while (true) {
      if (closed_) co_return fail(Code::unavailable, "closed here");
      if (in_.reset) co_return fail(Code::unavailable, "reset by the peer");
      if (!in_.bytes.empty()) break;
      if (in_.ended) co_return Bytes();
      EYRIE_CO_RETURN_IF_ERROR(co_await in_.changed.wait());
    }
    Bytes taken = in_.bytes.substr(0, piece(std::min(limit, in_.bytes.size())));
    in_.bytes.erase(0, taken.size());
    in_.changed.notify_all();
    co_return taken;
  }

  Task<Result<std::size_t>> write_some(BytesView data) override {
    while (true) {
      if (closed_) co_return fail(Code::unavailable, "closed here");
      if (out_.reset) co_return fail(Code::unavailable, "reset by the peer");
      if (out_.silent) co_return data.size();
      if (out_.bytes.size() < shape_.pipe_bytes) break;
      EYRIE_CO_RETURN_IF_ERROR(co_await out_.changed.wait());
    }
    const std::size_t taken = piece(std::min(data.size(), shape_.pipe_bytes - out_.bytes.size()));
    ++out_.writes;
    out_.bytes.append(data.substr(0, taken));
    out_.changed.notify_all();
    co_return taken;
  }

  void shutdown_write() override {
    if (out_.silent) return;
    out_.ended = true;
    out_.changed.notify_all();
  }

  // As a socket does it: bytes that nobody read make it a reset.
  void close() override {
    if (closed_) return;
    closed_ = true;
    if (!in_.bytes.empty() && !out_.silent) pipes_->reset();
    shutdown_write();
    in_.changed.notify_all();
    out_.changed.notify_all();
  }

  const Address& peer() const override { return peer_; }

 private:
  std::size_t piece(std::size_t most) {
    if (shape_.piece_bytes_max == 0) return most;
    return 1 + shape_.random.below(std::min(most, shape_.piece_bytes_max));
  }

  std::shared_ptr<BytePipes> pipes_;
  BytePipe& in_;
  BytePipe& out_;
  Address peer_;
  Shape shape_;
  bool closed_ = false;
};

}  // namespace

struct MemoryByteNetwork::Accepting {
  std::deque<std::unique_ptr<ByteStream>> streams;
  bool closed = false;
  Condition changed;
};

class MemoryByteListener final : public ByteListener {
 public:
  MemoryByteListener(MemoryByteNetwork& network, Address address,
                     std::shared_ptr<MemoryByteNetwork::Accepting> accepting)
      : network_(network), address_(std::move(address)), accepting_(std::move(accepting)) {}
  ~MemoryByteListener() override { close(); }

  Task<Result<std::unique_ptr<ByteStream>>> accept() override {
    std::shared_ptr<MemoryByteNetwork::Accepting> accepting = accepting_;
    while (!accepting->closed && accepting->streams.empty()) {
      EYRIE_CO_RETURN_IF_ERROR(co_await accepting->changed.wait());
    }
    if (accepting->closed) co_return fail(Code::failed_precondition, "the listener is closed");
    std::unique_ptr<ByteStream> stream = std::move(accepting->streams.front());
    accepting->streams.pop_front();
    co_return stream;
  }
  void close() override {
    if (std::exchange(accepting_->closed, true)) return;
    network_.listening_.erase(address_);
    accepting_->streams.clear();
    accepting_->changed.notify_all();
  }
  const Address& address() const override { return address_; }

 private:
  MemoryByteNetwork& network_;
  Address address_;
  std::shared_ptr<MemoryByteNetwork::Accepting> accepting_;
};

MemoryByteNetwork::MemoryByteNetwork(Random random, std::size_t pipe_bytes,
                                     std::size_t piece_bytes_max)
    : random_(random), pipe_bytes_(pipe_bytes), piece_bytes_max_(piece_bytes_max) {}

MemoryByteNetwork::~MemoryByteNetwork() = default;

Task<Result<std::unique_ptr<ByteListener>>> MemoryByteNetwork::listen(Address address) {
  auto [it, added] = listening_.emplace(address, nullptr);
  if (!added) co_return fail(Code::already_exists, to_string(address) + " is in use");
  it->second = std::make_shared<Accepting>();
  co_return std::make_unique<MemoryByteListener>(*this, std::move(address), it->second);
}

Task<Result<std::unique_ptr<ByteStream>>> MemoryByteNetwork::connect(Address address) {
  auto it = listening_.find(address);
  if (it == listening_.end()) co_return fail(Code::unavailable, to_string(address) + " refused");
  auto pipes = std::make_shared<BytePipes>();
  const MemoryByteStream::Shape shape{random_.stream(pipes_.size()), pipe_bytes_, piece_bytes_max_};
  pipes_.push_back(pipes);
  it->second->streams.push_back(std::make_unique<MemoryByteStream>(
      pipes, pipes->to_server, pipes->to_client, Address{"client", 1}, shape));
  it->second->changed.notify_all();
  co_return std::make_unique<MemoryByteStream>(pipes, pipes->to_client, pipes->to_server,
                                               std::move(address), shape);
}

}  // namespace eyrie::test
