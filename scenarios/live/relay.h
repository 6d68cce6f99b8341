// Relay: a TCP address that passes what comes to another one, and can be made to pass it badly.
//
// What is held back is not read: it stays where TCP keeps it and arrives late, in order, when it is
// let through again, as after a network that was cut and mended. So a request may come to its
// server long after its sender gave it up.
//
// Used from one executor, whose network and clock outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>

#include "runtime/byte_stream.h"
#include "runtime/clock.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie::scenarios::live {

enum class RelayMode : std::uint8_t {
  pass,
  refuse,          // connections end, and there are no new ones
  hold,            // both directions: nothing arrives, nobody is told
  hold_to_target,  // what the target says still arrives
  hold_from_target,
  slow,  // every chunk takes `delay` more, in both directions
};
std::string_view name_of(RelayMode mode);

// What a mode other than `pass` has met: nothing came of it where all are 0.
struct RelayMet {
  std::size_t connections = 0;  // that it ended, or kept from beginning
  std::size_t chunks = 0;       // held back or delayed; an end is one of no bytes
  std::uint64_t bytes = 0;      // of these; what waited behind them in the sockets is not counted

  bool any() const { return connections + chunks > 0; }
};

class Relay {
 public:
  Relay(Executor& executor, ByteNetwork& network, Clock& clock, Address address, Address target);

  // Begins to listen. already_exists: the port is in use.
  Task<Status> open();
  Task<Status> set_mode(RelayMode mode, Duration delay = {});
  // Since the last mode that was set and is not `pass`.
  const RelayMet& met() const { return met_; }
  // Whoever is behind it is not there: as `refuse`, whatever the mode, until it is back.
  Task<Status> set_target_present(bool present);
  // Ends every connection. Needed before destruction.
  Task<void> stop();

  const Address& address() const { return address_; }
  std::size_t connections() const { return links_.size(); }

 private:
  enum class Direction : bool { to_target, from_target };
  struct Link {
    std::unique_ptr<ByteStream> client;
    std::unique_ptr<ByteStream> target;
    void close() const;
  };

  bool refuses() const { return stopped_ || !present_ || mode_ == RelayMode::refuse; }
  bool holds(Direction direction) const;
  Task<Status> adjust();
  Task<void> accept(std::shared_ptr<ByteListener> listener);
  Task<void> serve(std::unique_ptr<ByteStream> client);
  Task<void> pump(Link& link, Direction direction);
  void note_chunk(const Result<Bytes>& chunk);
  // ok when the direction lets through; cancelled.
  Task<Status> let_through(Direction direction);

  ByteNetwork& network_;
  Clock& clock_;
  Address address_;
  Address target_;
  RelayMode mode_ = RelayMode::pass;
  Duration delay_{};
  RelayMet met_;
  bool present_ = true;
  bool stopped_ = false;
  std::shared_ptr<ByteListener> listener_;  // with the task that accepts
  std::set<Link*> links_;
  Condition changed_;
  TaskGroup group_;
};

}  // namespace eyrie::scenarios::live
