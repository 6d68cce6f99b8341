// AsioByteNetwork: TCP. Names are resolved in the pool for blocking calls; small writes are sent at
// once (TCP_NODELAY), since the framing above batches what can be batched.
#pragma once

#include <memory>
#include <vector>

#include "runtime/asio/asio_executor.h"
#include "runtime/asio/socket_address.h"
#include "runtime/byte_stream.h"
#include "runtime/clock.h"

namespace eyrie {

class AsioByteNetwork final : public ByteNetwork {
 public:
  AsioByteNetwork(AsioExecutor& executor, Clock& clock) : executor_(executor), clock_(clock) {}

  Task<Result<std::unique_ptr<ByteListener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<ByteStream>>> connect(Address address) override;

 private:
  Task<Result<std::vector<SocketAddress>>> resolve(Address address);
  Task<Result<std::unique_ptr<ByteStream>>> connect_to(Address name, SocketAddress address);

  AsioExecutor& executor_;
  Clock& clock_;
};

}  // namespace eyrie
