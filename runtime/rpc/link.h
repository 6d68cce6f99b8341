// Link: what both ends of a connection share: sending, frames posted for sending, what was heard
// and when, and the streams on it.
//
// Lives in the frame of the task that reads it. That task closes it, ends its streams and waits
// until nobody is inside (uses) before it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "runtime/bytes.h"
#include "runtime/environment.h"
#include "runtime/rpc/frame.h"
#include "runtime/rpc/stream.h"
#include "runtime/rpc/use_count.h"
#include "runtime/sync.h"
#include "runtime/task.h"

namespace eyrie::rpc {

class Link {
 public:
  Link(Environment& environment, std::unique_ptr<Connection> connection,
       std::size_t posted_frames_max);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // From now on; the oldest until then.
  void speak(std::uint32_t protocol) { protocol_ = protocol; }
  std::uint32_t protocol() const { return protocol_; }

  // An empty header to fill and encode before the next suspension; one for all frames of the link,
  // so that a call allocates none.
  wire::Header& new_header(wire::Kind kind, std::uint64_t request_id);
  // The same, without a payload.
  Bytes plain_frame(wire::Kind kind, std::uint64_t request_id);

  // As Connection::send.
  Task<Status> send(Bytes frame);
  // Sends later, in the order posted, without waiting. A peer that lets more than
  // posted_frames_max gather does not read: the link is closed.
  void post(Bytes frame);
  // Sends what is posted, until the link is closed or the scope cancelled.
  Task<void> write_posted();

  Task<Result<Bytes>> receive();
  // Only the first reason is kept.
  void close(std::string reason);
  bool closed() const { return closed_; }
  const std::string& close_reason() const { return close_reason_; }
  const Address& peer() const { return connection_->peer(); }
  Executor& executor() const { return environment_.executor; }

  // Pings the peer when it was silent for `interval`, closes when it stays so for `timeout` more.
  Task<void> keep_alive(Duration interval, Duration timeout);
  // Closes when the peer was silent for that long.
  Task<void> expect_words(Duration silence_max);

  // Messages and credit of a stream; those of a stream that has ended are dropped. invalid_argument
  // if the peer breaks the rules.
  Status on_stream_frame(const wire::Header& header, Bytes payload);
  Stream* find_stream(std::uint64_t id) const;
  void end_streams(const Status& status);

  std::map<std::uint64_t, Stream*> streams;  // those that have not ended
  UseCount uses;

 private:
  Environment& environment_;
  std::unique_ptr<Connection> connection_;
  std::size_t posted_frames_max_;
  std::uint32_t protocol_ = kOldestProtocol;
  bool closed_ = false;
  std::string close_reason_;
  MonotonicTime last_heard_;
  wire::Header header_;
  std::deque<Bytes> posted_;
  Condition posted_changed_;
};

}  // namespace eyrie::rpc
