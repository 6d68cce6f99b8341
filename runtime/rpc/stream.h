// Stream: ordered messages both ways within one call, with back-pressure.
//
// Each direction ends on its own: the client's by finish(), the server's with the call, whose
// Status the client's receive() gives last. Each reader grants credit in bytes; a sender waits
// while it has none, so a slow stream holds up neither its connection nor memory.
//
// Invariants:
//   (1) link_ is set if and only if the stream has not ended; the link outlives that.
//   (2) what arrived and was not yet returned as credit stays below the window plus one message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "runtime/bytes.h"
#include "runtime/ids.h"
#include "runtime/rpc/message.h"
#include "runtime/sync.h"
#include "runtime/task.h"

namespace eyrie::rpc {

class Link;

class Stream {
 public:
  // Of the link: what the peer may send us, and what we may send it before it grants more.
  Stream(Link& link, std::uint64_t id, std::int64_t receive_window, std::int64_t send_credit);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() = default;

  // The next message, in order; nullopt when the peer has sent its last one (and, at the client,
  // the call ended with ok). An error is the end: at the client the server's Status, or unknown if
  // the connection broke; at the server unavailable. One receive at a time.
  Task<Result<std::optional<Bytes>>> receive();
  // ok once accepted by the connection, after waiting for credit; failed_precondition after the end
  // of our direction; the stream's end if it has ended.
  Task<Status> send(Bytes message);

  std::uint64_t id() const { return id_; }
  bool ended() const { return link_ == nullptr; }

  // What the link's reader tells. invalid_argument: the peer sends beyond its credit or after its
  // end, or grants nonsense.
  Status on_message(Bytes message);
  Status on_credit(std::int64_t bytes);
  void on_peer_finished();
  void on_end(Status status);

 protected:
  // Ends our direction without a word to the peer.
  void finish_sending();
  void drop_received() { inbox_.clear(); }
  bool finished() const { return finished_; }
  Link* link() const { return link_; }
  Executor& executor() const { return *executor_; }

 private:
  void return_credit(std::size_t message_bytes);

  Link* link_;
  Executor* executor_;
  std::uint64_t id_;
  std::int64_t window_;
  std::int64_t unreturned_ = 0;  // received and not yet granted again
  std::int64_t consumed_ = 0;    // part of unreturned_ that receive() has handed out
  std::int64_t send_credit_;
  bool peer_finished_ = false;
  bool finished_ = false;
  Status end_;
  std::deque<Bytes> inbox_;
  Condition readable_;
  Condition writable_;
};

// The client's end, owned by the caller. Destroying it before the end cancels the stream at the
// server.
class ClientStream final : public Stream {
 public:
  using Stream::Stream;
  ~ClientStream();

  // Nothing more will be sent; the server's receive() gives nullopt after what was.
  void finish();
  // Ends both directions: receive() gives cancelled.
  void cancel();
};

// A Stream of Protobuf messages: receives In, sends Out. Borrows the stream.
template <class In, class Out>
class TypedStream {
 public:
  explicit TypedStream(Stream& stream) : stream_(&stream) {}

  // As Stream::receive; invalid_argument for a message that does not parse.
  Task<Result<std::optional<In>>> receive() { return receive_from(*stream_); }
  // invalid_argument: larger than a message can be.
  Task<Status> send(const Out& message) { return send_to(*stream_, encode_message(message)); }
  Stream& raw() const { return *stream_; }

 private:
  static Task<Status> send_to(Stream& stream, Result<Bytes> message) {
    if (!message) co_return std::move(message).error();
    co_return co_await stream.send(std::move(*message));
  }
  static Task<Result<std::optional<In>>> receive_from(Stream& stream) {
    EYRIE_CO_TRY(std::optional<Bytes> bytes, co_await stream.receive());
    if (!bytes) co_return std::optional<In>();
    EYRIE_CO_TRY(In message, decode_message<In>(*bytes));
    co_return std::optional<In>(std::move(message));
  }

  Stream* stream_;
};

}  // namespace eyrie::rpc
