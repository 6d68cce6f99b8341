// A network of byte streams in memory for tests of what runs over one: pieces of every length, a
// bounded pipe, and ends of every kind at the test's word. One executor; addresses are names.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "runtime/byte_stream.h"
#include "runtime/random.h"
#include "runtime/sync.h"

namespace eyrie::test {

// One direction of a stream.
struct BytePipe {
  Bytes bytes;  // written, not yet read
  bool ended = false;
  bool reset = false;
  std::size_t writes = 0;  // calls that put bytes in
  bool silent = false;     // what is written from now on vanishes: a half-open connection
  Condition changed;
};

struct BytePipes {
  BytePipe to_server;
  BytePipe to_client;

  void reset() {
    for (BytePipe* pipe : {&to_server, &to_client}) {
      pipe->reset = true;
      pipe->changed.notify_all();
    }
  }
  void fall_silent() { to_server.silent = to_client.silent = true; }
};

class MemoryByteNetwork final : public ByteNetwork {
 public:
  // Reads and writes move 1 to piece_bytes_max bytes at a time; 0: as many as they can.
  MemoryByteNetwork(Random random, std::size_t pipe_bytes, std::size_t piece_bytes_max);
  ~MemoryByteNetwork() override;

  Task<Result<std::unique_ptr<ByteListener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<ByteStream>>> connect(Address address) override;

  // Of the streams in the order in which they were connected.
  BytePipes& pipes(std::size_t stream) { return *pipes_.at(stream); }
  std::size_t streams() const { return pipes_.size(); }

 private:
  friend class MemoryByteListener;
  struct Accepting;

  Random random_;
  std::size_t pipe_bytes_;
  std::size_t piece_bytes_max_;
  std::map<Address, std::shared_ptr<Accepting>> listening_;
  std::vector<std::shared_ptr<BytePipes>> pipes_;
};

}  // namespace eyrie::test
