#include "runtime/rpc/link.h"

#include <utility>

namespace eyrie::rpc {

Link::Link(Environment& environment, std::unique_ptr<Connection> connection,
           std::size_t posted_frames_max)
    : environment_(environment),
      connection_(std::move(connection)),
      posted_frames_max_(posted_frames_max),
      last_heard_(environment.clock.monotonic()) {}

wire::Header& Link::new_header(wire::Kind kind, std::uint64_t request_id) {
  header_.Clear();
  header_.set_protocol_version(protocol_);
  header_.set_kind(kind);
  header_.set_request_id(request_id);
  return header_;
}

Bytes Link::plain_frame(wire::Kind kind, std::uint64_t request_id) {
  return encode_frame(new_header(kind, request_id), Bytes());
}

Task<Status> Link::send(Bytes frame) {
  if (closed_) co_return Status(Code::unavailable, "the connection is closed: " + close_reason_);
  uses.enter();
  Status status = co_await connection_->send(std::move(frame));
  uses.leave();
  co_return status;
}

void Link::post(Bytes frame) {
  if (closed_) return;
  if (posted_.size() >= posted_frames_max_) {
    close("the peer does not read: " + std::to_string(posted_frames_max_) + " frames wait for it");
    return;
  }
  posted_.push_back(std::move(frame));
  posted_changed_.notify_all();
}

Task<void> Link::write_posted() {
  while (!closed_) {
    if (posted_.empty()) {
      Status waited = co_await posted_changed_.wait();
      if (!waited.ok()) co_return;
      continue;
    }
    Bytes frame = std::move(posted_.front());
    posted_.pop_front();
    Status sent = co_await send(std::move(frame));
    if (!sent.ok()) {
      close(sent.message());
      co_return;
    }
  }
}

Task<Result<Bytes>> Link::receive() {
  uses.enter();
  Result<Bytes> frame = co_await connection_->receive();
  uses.leave();
  last_heard_ = environment_.clock.monotonic();
  co_return frame;
}

void Link::close(std::string reason) {
  if (closed_) return;
  closed_ = true;
  close_reason_ = std::move(reason);
  posted_.clear();
  posted_changed_.notify_all();
  connection_->close();
}

Task<void> Link::keep_alive(Duration interval, Duration timeout) {
  while (!closed_) {
    Status slept = co_await environment_.clock.sleep_until(last_heard_ + interval);
    if (!slept.ok() || closed_) co_return;
    const MonotonicTime pinged = environment_.clock.monotonic();
    if (last_heard_ + interval > pinged) continue;
    post(plain_frame(wire::KIND_PING, 0));
    slept = co_await environment_.clock.sleep_until(pinged + timeout);
    if (!slept.ok()) co_return;
    if (last_heard_ < pinged) {
      close("no answer to a ping within " + std::to_string(to_ms(timeout)) + " ms");
    }
  }
}

Task<void> Link::expect_words(Duration silence_max) {
  while (!closed_) {
    Status slept = co_await environment_.clock.sleep_until(last_heard_ + silence_max);
    if (!slept.ok()) co_return;
    if (last_heard_ + silence_max <= environment_.clock.monotonic()) {
      close("silent for " + std::to_string(to_ms(silence_max)) + " ms");
    }
  }
}

Status Link::on_stream_frame(const wire::Header& header, Bytes payload) {
  Stream* stream = find_stream(header.request_id());
  if (stream == nullptr) return {};
  if (header.kind() == wire::KIND_STREAM_MESSAGE) return stream->on_message(std::move(payload));
  return stream->on_credit(header.credit_bytes());
}

Stream* Link::find_stream(std::uint64_t id) const {
  const auto found = streams.find(id);
  return found == streams.end() ? nullptr : found->second;
}

void Link::end_streams(const Status& status) {
  // on_end takes the stream out of the table.
  while (!streams.empty()) streams.begin()->second->on_end(status);
}

}  // namespace eyrie::rpc
