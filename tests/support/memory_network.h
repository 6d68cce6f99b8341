// MemoryNetwork: a Network in memory whose every message a test can hold, lose or refuse, to meet
// a protocol in an exact phase. Nothing is random and nothing takes time. Ends may be on different
// executors of one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "runtime/network.h"
#include "runtime/sync.h"

namespace eyrie::test {

// One way of a connection.
struct MemoryPipe {
  enum class Mode : std::uint8_t {
    deliver,
    hold,    // accepted, and delivered once the mode changes back
    lose,    // accepted, and never delivered: half-open
    refuse,  // send() answers unavailable without accepting
  };

  Mode mode = Mode::deliver;
  std::size_t window = 1'000'000;  // messages under way before send() waits
  std::size_t accepted = 0;
  std::deque<Bytes> inbox;
  std::deque<Bytes> held;
  std::uint64_t senders_came = 0;
  std::uint64_t senders_served = 0;
  WaitQueue senders;
  WaitQueue readers;
};

// A connection, as the test sees it. Lives as long as either end or the network.
struct MemoryLink {
  MemoryPipe to_server;
  MemoryPipe to_client;
  Address client;
  Address server;
  bool broken = false;

  // Both ends learn at once; what was not received is lost.
  void sever();
  static void set_mode(MemoryPipe& pipe, MemoryPipe::Mode mode);
};

class MemoryNetwork : public Network {
 public:
  enum class Dialing : std::uint8_t { connect, refuse, hang };

  // What happens to connect() from now on.
  void set_dialing(Dialing dialing) { dialing_ = dialing; }
  // Told of each new connection before its ends are, and of each message that send() accepted
  // before it is delivered.
  std::function<void(MemoryLink&)> on_connect;
  std::function<void(MemoryLink&, MemoryPipe&, const Bytes&)> on_accepted;

  // Every connection made so far, oldest first.
  const std::vector<std::shared_ptr<MemoryLink>>& links() const { return links_; }
  MemoryLink& last_link() { return *links_.at(links_.size() - 1); }
  std::size_t dialed() const { return dialed_; }
  std::size_t open_links() const;

  Task<Result<std::unique_ptr<Listener>>> listen(Address address) override;
  Task<Result<std::unique_ptr<Connection>>> connect(Address address) override;

 private:
  friend class MemoryListener;
  struct Port {
    bool open = true;
    std::deque<std::shared_ptr<MemoryLink>> backlog;
    WaitQueue acceptors;
  };

  Dialing dialing_ = Dialing::connect;
  std::size_t dialed_ = 0;
  std::uint16_t next_port_ = 40'000;
  std::vector<std::shared_ptr<MemoryLink>> links_;
  std::map<Address, std::shared_ptr<Port>> ports_;
};

}  // namespace eyrie::test
