// Socket: a non-blocking TCP socket watched by an executor's event loop.
//
// A handle that is copied freely. Whoever may have waited on it closes it, since the event loop
// shares it until then. Used on its executor alone. A wait that is cancelled leaves the watch in
// place for the next one, and bytes that were read meanwhile stay here: nothing is lost.
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/asio/asio_executor.h"
#include "runtime/bytes.h"
#include "runtime/task.h"

namespace eyrie {

class Socket {
 public:
  // Takes the descriptor, which is non-blocking. resource_exhausted if it cannot be watched.
  static Result<Socket> adopt(AsioExecutor& executor, int family, int fd);

  int fd() const;
  bool closed() const;
  void close();  // waits end with unavailable

  // ok when an accept, or a send or connect, has something to do, or may have.
  Task<Status> readable();
  Task<Status> writable();
  // ByteStream::read_some (runtime/byte_stream.h). A socket that is read is not waited for with
  // readable().
  Task<Result<Bytes>> read_some(std::size_t limit);

 private:
  class State;
  explicit Socket(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;  // handlers in the event loop share it
};

}  // namespace eyrie
