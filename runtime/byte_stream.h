// ByteStream: what a TCP socket gives. The framing above it (runtime/framing.h) makes messages of
// it, the same code in production and on the simulated stream.
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/bytes.h"
#include "runtime/network.h"
#include "runtime/task.h"

namespace eyrie {

class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  // 1 to `limit` bytes, as many as there are; empty at the peer's orderly end; unavailable if
  // reset. A cancelled call takes no bytes. At most one read waits at a time, and one write.
  virtual Task<Result<Bytes>> read_some(std::size_t limit) = 0;
  // How many of the first bytes were taken, at least 1; unavailable if reset.
  virtual Task<Result<std::size_t>> write_some(BytesView data) = 0;
  // Ends our direction; the peer reads an orderly end.
  virtual void shutdown_write() = 0;
  // Pending calls end with unavailable.
  virtual void close() = 0;
  virtual const Address& peer() const = 0;
};

class ByteListener {
 public:
  ByteListener() = default;
  ByteListener(const ByteListener&) = delete;
  ByteListener& operator=(const ByteListener&) = delete;
  virtual ~ByteListener() = default;  // closes

  // failed_precondition once closed.
  virtual Task<Result<std::unique_ptr<ByteStream>>> accept() = 0;
  virtual void close() = 0;
  virtual const Address& address() const = 0;
};

// Network (runtime/network.h) one level below messages; the same errors.
class ByteNetwork {
 public:
  ByteNetwork() = default;
  ByteNetwork(const ByteNetwork&) = delete;
  ByteNetwork& operator=(const ByteNetwork&) = delete;
  virtual ~ByteNetwork() = default;

  virtual Task<Result<std::unique_ptr<ByteListener>>> listen(Address address) = 0;
  virtual Task<Result<std::unique_ptr<ByteStream>>> connect(Address address) = 0;
};

}  // namespace eyrie
