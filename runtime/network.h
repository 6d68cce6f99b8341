// Network: ordered message connections that may break.
//
// A connection delivers whole messages in order, each at most once, until it breaks; then both ends
// learn of it sooner or later (at once for a reset, only by silence for a half-open one). A message
// handed over before a break may or may not have arrived. Who needs more (deadlines, retries,
// request ids) uses runtime/rpc above it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/bytes.h"
#include "runtime/task.h"

namespace eyrie {

// No message is larger, in either world; what is larger is sent in parts.
inline constexpr std::size_t kMessageBytesMax = std::size_t{64} << 20;

struct Address {
  std::string host;  // a name or numeric address; in the simulated world a machine's name
  std::uint16_t port = 0;

  friend auto operator<=>(const Address&, const Address&) = default;
};
std::string to_string(const Address& address);
// "host:port"; invalid_argument otherwise.
Result<Address> parse_address(std::string_view text);

// Owned by one side; used from one executor. At most one receive() waits at a time; sends may
// overlap and keep the order in which they were called.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;  // closes

  // ok once the message is accepted for sending (waits while the window is full: back-pressure);
  // resource_exhausted beyond kMessageBytesMax; unavailable if it was certainly not sent.
  virtual Task<Status> send(Bytes message) = 0;
  // unavailable once the connection is broken or closed by either side.
  virtual Task<Result<Bytes>> receive() = 0;
  // Ends both directions; pending calls end with unavailable. May be repeated.
  virtual void close() = 0;
  virtual const Address& peer() const = 0;
};

class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;  // closes

  // failed_precondition once closed.
  virtual Task<Result<std::unique_ptr<Connection>>> accept() = 0;
  virtual void close() = 0;
  virtual const Address& address() const = 0;
};

class Network {
 public:
  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  // Port 0 takes a free one (Listener::address says which). already_exists: the port is in use.
  virtual Task<Result<std::unique_ptr<Listener>>> listen(Address address) = 0;
  // unavailable: refused or unreachable. Waits as long as the peer is silent; bound it.
  virtual Task<Result<std::unique_ptr<Connection>>> connect(Address address) = 0;
};

}  // namespace eyrie
