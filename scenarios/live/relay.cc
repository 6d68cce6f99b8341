#include "scenarios/live/relay.h"

#include <utility>

#include "runtime/combine.h"

namespace eyrie::scenarios::live {

namespace {

constexpr std::size_t kChunkBytes = 64 << 10;
constexpr Duration kConnectTimeout = 2s;

Task<Result<std::unique_ptr<ByteStream>>> connect_to(ByteNetwork& network, Address target) {
  co_return co_await network.connect(std::move(target));
}

}  // namespace

std::string_view name_of(RelayMode mode) {
  switch (mode) {
    case RelayMode::pass:
      return "pass";
    case RelayMode::refuse:
      return "refuse";
    case RelayMode::hold:
      return "hold";
    case RelayMode::hold_to_target:
      return "hold_to_target";
    case RelayMode::hold_from_target:
      return "hold_from_target";
    case RelayMode::slow:
      return "slow";
  }
  return "pass";
}

void Relay::Link::close() const {
  client->close();
  target->close();
}

Relay::Relay(Executor& executor, ByteNetwork& network, Clock& clock, Address address,
             Address target)
    : network_(network),
      clock_(clock),
      address_(std::move(address)),
      target_(std::move(target)),
      group_(executor) {}

Task<Status> Relay::open() {
  return adjust();
}

Task<Status> Relay::set_mode(RelayMode mode, Duration delay) {
  mode_ = mode;
  delay_ = delay;
  if (mode != RelayMode::pass) met_ = {};
  if (mode == RelayMode::refuse) met_.connections = links_.size();
  changed_.notify_all();
  return adjust();
}

Task<Status> Relay::set_target_present(bool present) {
  present_ = present;
  return adjust();
}

// Listens exactly while it does not refuse.
Task<Status> Relay::adjust() {
  if (refuses()) {
    if (listener_ != nullptr) std::exchange(listener_, nullptr)->close();
    for (const Link* link : links_) link->close();
    co_return Status();
  }
  if (listener_ != nullptr) co_return Status();
  EYRIE_CO_TRY(std::unique_ptr<ByteListener> listener, co_await network_.listen(address_));
  if (refuses() || listener_ != nullptr) co_return Status();  // it changed meanwhile
  listener_ = std::move(listener);
  group_.spawn(accept(listener_));
  co_return Status();
}

Task<void> Relay::accept(std::shared_ptr<ByteListener> listener) {
  while (true) {
    Result<std::unique_ptr<ByteStream>> client = co_await listener->accept();
    if (client) {
      group_.spawn(serve(std::move(*client)));
    } else if (listener != listener_) {
      co_return;  // closed
    } else if (!(co_await clock_.sleep_for(10ms)).ok()) {
      co_return;
    }
  }
}

Task<void> Relay::serve(std::unique_ptr<ByteStream> client) {
  if (holds(Direction::to_target)) ++met_.connections;
  if (!(co_await let_through(Direction::to_target)).ok()) co_return;
  Result<std::unique_ptr<ByteStream>> target = co_await with_deadline(
      clock_, clock_.monotonic() + kConnectTimeout, connect_to(network_, target_));
  if (!target || refuses()) co_return;
  Link link{std::move(client), std::move(*target)};
  links_.insert(&link);
  TaskGroup pumps(co_await this_scope());
  pumps.spawn(pump(link, Direction::to_target));
  pumps.spawn(pump(link, Direction::from_target));
  co_await pumps.join();
  links_.erase(&link);
}

bool Relay::holds(Direction direction) const {
  return mode_ == RelayMode::hold ||
         mode_ == (direction == Direction::to_target ? RelayMode::hold_to_target
                                                     : RelayMode::hold_from_target);
}

Task<Status> Relay::let_through(Direction direction) {
  while (holds(direction)) EYRIE_CO_RETURN_IF_ERROR(co_await changed_.wait());
  co_return Status();
}

void Relay::note_chunk(const Result<Bytes>& chunk) {
  ++met_.chunks;
  if (chunk) met_.bytes += chunk->size();
}

Task<void> Relay::pump(Link& link, Direction direction) {
  ByteStream& from = direction == Direction::to_target ? *link.client : *link.target;
  ByteStream& to = direction == Direction::to_target ? *link.target : *link.client;
  while (true) {
    Result<Bytes> chunk = co_await from.read_some(kChunkBytes);
    if (mode_ == RelayMode::slow || holds(direction)) note_chunk(chunk);
    if (mode_ == RelayMode::slow && !(co_await clock_.sleep_for(delay_)).ok()) break;
    // What was read when the hold began belongs to it; and so does the end.
    if (!(co_await let_through(direction)).ok()) break;
    if (!chunk) break;
    if (chunk->empty()) {
      to.shutdown_write();
      co_return;
    }
    BytesView left = *chunk;
    while (!left.empty()) {
      const Result<std::size_t> taken = co_await to.write_some(left);
      if (!taken) break;
      left.remove_prefix(*taken);
    }
    if (!left.empty()) break;
  }
  link.close();
}

Task<void> Relay::stop() {
  stopped_ = true;
  mode_ = RelayMode::pass;
  changed_.notify_all();
  (void)co_await adjust();
  group_.cancel();
  co_await group_.join();
}

}  // namespace eyrie::scenarios::live
