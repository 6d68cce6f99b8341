// FramedLink: what one connection of a FramedNetwork shares with its loops. Internal to it.
//
//   open ---- close() ----> draining ---- loops ended, or linger over ----> ended
//     \---- peer's end, reset, bytes that are no frames -------------------/
//
// Invariants:
//  (F1) Only the write loop writes, and frames go out in the order of the send() calls.
//  (F2) A frame is queued whole or not at all; cancelling a send that was not accepted removes it.
//  (F3) unsent_bytes_ is what is queued or being written; it exceeds the window only when a single
//       frame does.
//  (F4) Nothing is accepted unless open. Messages that came before the peer's end can still be
//       received; after close() here none can.
//  (F5) The stream is closed when both loops have ended; end() makes them end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "runtime/byte_stream.h"
#include "runtime/clock.h"
#include "runtime/framed_network.h"
#include "runtime/framing.h"
#include "runtime/list.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"

namespace eyrie {

// Its coroutines take it as a shared pointer: a connection may go while they end.
class FramedLink : public std::enable_shared_from_this<FramedLink>, public ListNode<FramedNetwork> {
 public:
  FramedLink(std::unique_ptr<ByteStream> stream, Clock& clock, TaskGroup& group,
             FramedLimits limits);

  // Spawns both loops in the group.
  static void start(std::shared_ptr<FramedLink> link);
  static Task<Status> send(std::shared_ptr<FramedLink> link, Bytes message);
  static Task<Result<Bytes>> receive(std::shared_ptr<FramedLink> link);
  static void close(std::shared_ptr<FramedLink> link);

  // The executor still runs: closing has an effect.
  bool alive() const { return !group_.scope().executor().stopped(); }
  const Address& peer() const { return peer_; }

 private:
  enum class Phase : std::uint8_t { open, draining, ended };

  struct WaitingTag;
  // A send() that waits for room, in its frame. Whoever makes room queues it, so that nobody who
  // comes in between can overtake it (F1).
  struct WaitingSend : ListNode<WaitingTag> {
    explicit WaitingSend(Bytes bytes) : message(std::move(bytes)) {}
    Bytes message;
    std::optional<Status> outcome;
    Gate decided;
  };

  static Task<void> run_writer(std::shared_ptr<FramedLink> link);
  static Task<void> run_reader(std::shared_ptr<FramedLink> link);
  static Task<void> run_linger(std::shared_ptr<FramedLink> link);
  Task<Status> write_batch();

  bool has_room(std::size_t message_bytes) const;
  void queue(BytesView message);
  void admit_waiting();
  void take_in(BytesView bytes);
  void end(const std::string& why);
  void stop_accepting(Phase phase, const std::string& why);
  void loop_ended();

  std::unique_ptr<ByteStream> stream_;
  Clock& clock_;
  TaskGroup& group_;
  FramedLimits limits_;
  Address peer_;
  Phase phase_ = Phase::open;
  Status why_;  // unavailable, once not open

  Bytes queued_;
  Bytes writing_;
  std::size_t unsent_bytes_ = 0;
  Condition to_write_;
  List<WaitingSend, WaitingTag> waiting_;

  FrameDecoder decoder_;
  std::deque<Bytes> received_;
  std::size_t received_bytes_ = 0;
  Condition arrived_;
  Condition room_;

  int loops_ = 2;
  Gate loops_ended_;
};

}  // namespace eyrie
