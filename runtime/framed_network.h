// FramedNetwork: the message Network over a network of byte streams, the same code in both worlds.
//
// Each connection has a write loop and a read loop here, not in the Connection, because whoever
// destroys a Connection cannot wait: closing or destroying one lets what was accepted flow out, for
// at most the linger time, and then closes its stream. stop() closes what is left and waits for
// every loop. Used from one executor; outlives its connections and listeners.
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/byte_stream.h"
#include "runtime/clock.h"
#include "runtime/network.h"
#include "runtime/task_group.h"

namespace eyrie {

struct FramedLimits {
  std::size_t message_bytes_max = kMessageBytesMax;
  // Accepted but not yet taken by the stream. One message may exceed it, alone.
  std::size_t send_window_bytes = std::size_t{1} << 20;
  // Decoded but not yet received; reading stops there, and so, in the end, does the peer.
  std::size_t receive_window_bytes = std::size_t{1} << 20;
  std::size_t read_bytes_max = std::size_t{1} << 16;
  // From close() until the stream is closed whatever is still in flight.
  Duration linger = 1s;
};

class FramedLink;

class FramedNetwork : public Network {
 public:
  FramedNetwork(Executor& executor, Clock& clock, ByteNetwork& bytes, FramedLimits limits = {});
  ~FramedNetwork() override;

  Task<Result<std::unique_ptr<Listener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<Connection>>> connect(Address address) override;

  // Before it is destroyed, unless its executor stopped first. Nothing new starts from then on.
  Task<void> stop();

 private:
  friend class FramedListener;

  std::unique_ptr<Connection> start(std::unique_ptr<ByteStream> stream);

  Clock& clock_;
  ByteNetwork& bytes_;
  FramedLimits limits_;
  bool stopping_ = false;
  List<FramedLink, FramedNetwork> links_;
  TaskGroup group_;
};

}  // namespace eyrie
