// The peer that RPC is compared with: what one writes by hand in an afternoon with Asio's own
// coroutines. Messages with a length and a number in front, echoed over one loopback connection; no
// deadlines, identities, limits, checksums or errors. What waits to be sent goes in one write.
#pragma once

#include <cstddef>
#include <memory>

namespace eyrie::bench {

class AsioEcho {
 public:
  explicit AsioEcho(std::size_t message_bytes);
  ~AsioEcho();

  // So many round trips, with so many outstanding; on this object's two threads.
  void round_trips(int count, int outstanding);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eyrie::bench
