#include "runtime/framed_link.h"

#include <string>
#include <utility>

#include "runtime/check.h"
#include "runtime/combine.h"

namespace eyrie {

namespace {

// A received message costs at least this much memory, however short it is.
constexpr std::size_t kMessageOverheadBytes = 64;

// A buffer that grew for a large message is not kept for the small ones that follow.
void empty_buffer(Bytes& buffer, std::size_t capacity_max) {
  buffer.clear();
  if (buffer.capacity() > capacity_max) Bytes().swap(buffer);
}

Task<Status> wait_for(Gate& gate) {
  co_return co_await gate.wait();
}

}  // namespace

FramedLink::FramedLink(std::unique_ptr<ByteStream> stream, Clock& clock, TaskGroup& group,
                       FramedLimits limits)
    : stream_(std::move(stream)),
      clock_(clock),
      group_(group),
      limits_(limits),
      peer_(stream_->peer()),
      queued_(kFramePreface),
      unsent_bytes_(kFramePreface.size()),
      decoder_(limits.message_bytes_max) {}

void FramedLink::start(std::shared_ptr<FramedLink> link) {
  link->group_.spawn(run_writer(link));
  link->group_.spawn(run_reader(link));
}

Task<Status> FramedLink::send(std::shared_ptr<FramedLink> link, Bytes message) {
  if (message.size() > link->limits_.message_bytes_max) {
    co_return Status(Code::resource_exhausted, "a message of " + std::to_string(message.size()) +
                                                   " bytes, the limit is " +
                                                   std::to_string(link->limits_.message_bytes_max));
  }
  if (link->phase_ != Phase::open) co_return link->why_;
  if (link->waiting_.empty() && link->has_room(message.size())) {
    link->queue(message);
    co_return Status();
  }
  WaitingSend waiting(std::move(message));
  link->waiting_.push_back(waiting);
  const Status waited = co_await waiting.decided.wait();
  if (waiting.outcome) co_return *waiting.outcome;
  waiting.unlink();
  link->admit_waiting();  // a smaller one behind it may fit
  co_return waited;
}

Task<Result<Bytes>> FramedLink::receive(std::shared_ptr<FramedLink> link) {
  while (link->received_.empty()) {
    if (link->phase_ != Phase::open) co_return fail(link->why_);
    EYRIE_CHECK(!link->arrived_.has_waiters(), "one receive() at a time");
    EYRIE_CO_RETURN_IF_ERROR(co_await link->arrived_.wait());
  }
  Bytes message = std::move(link->received_.front());
  link->received_.pop_front();
  link->received_bytes_ -= message.size() + kMessageOverheadBytes;
  link->room_.notify_all();
  co_return message;
}

void FramedLink::close(std::shared_ptr<FramedLink> link) {
  if (link->phase_ == Phase::open) {
    link->stop_accepting(Phase::draining, "was closed here");
    link->group_.spawn(run_linger(link));
  }
  link->received_.clear();
  link->received_bytes_ = 0;
}

Task<void> FramedLink::run_writer(std::shared_ptr<FramedLink> link) {
  while (true) {
    while (link->queued_.empty() && link->phase_ == Phase::open) {
      if (!(co_await link->to_write_.wait()).ok()) link->end("was cancelled");
    }
    if (link->queued_.empty()) break;  // also when ended: end() drops what is queued
    if (Status status = co_await link->write_batch(); !status.ok()) {
      link->end("broke: " + status.message());
      break;
    }
  }
  if (link->phase_ == Phase::draining) link->stream_->shutdown_write();
  link->loop_ended();
}

// Everything queued since the last batch goes out in as few writes as the stream takes.
Task<Status> FramedLink::write_batch() {
  empty_buffer(writing_, 2 * limits_.send_window_bytes);
  std::swap(writing_, queued_);
  BytesView rest = writing_;
  while (!rest.empty()) {
    EYRIE_CO_TRY(const std::size_t taken, co_await stream_->write_some(rest));
    rest.remove_prefix(taken);
    unsent_bytes_ -= taken;
    admit_waiting();
  }
  co_return Status();
}

Task<void> FramedLink::run_reader(std::shared_ptr<FramedLink> link) {
  while (link->phase_ != Phase::ended) {
    // While draining it reads on and forgets, so that the peer can finish writing and the stream
    // can end in order; a close with unread bytes would be a reset.
    if (link->phase_ == Phase::open && !link->received_.empty() &&
        link->received_bytes_ >= link->limits_.receive_window_bytes) {
      if (!(co_await link->room_.wait()).ok()) link->end("was cancelled");
      continue;
    }
    Result<Bytes> bytes = co_await link->stream_->read_some(link->limits_.read_bytes_max);
    if (!bytes) {
      link->end("broke: " + bytes.error().message());
    } else if (bytes->empty()) {
      if (link->phase_ == Phase::draining) break;
      link->end(link->decoder_.at_boundary() ? "was closed by the peer"
                                             : "was closed by the peer inside a message");
    } else if (link->phase_ == Phase::open) {
      link->take_in(*bytes);
    }
  }
  link->loop_ended();
}

Task<void> FramedLink::run_linger(std::shared_ptr<FramedLink> link) {
  const MonotonicTime at = link->clock_.monotonic() + link->limits_.linger;
  const Status drained = co_await with_deadline(link->clock_, at, wait_for(link->loops_ended_));
  if (!drained.ok()) link->end("did not drain in time");
}

bool FramedLink::has_room(std::size_t message_bytes) const {
  return unsent_bytes_ == 0 ||
         unsent_bytes_ + kFrameHeaderBytes + message_bytes <= limits_.send_window_bytes;
}

void FramedLink::queue(BytesView message) {
  append_frame(queued_, message);
  unsent_bytes_ += kFrameHeaderBytes + message.size();
  to_write_.notify_all();
}

void FramedLink::admit_waiting() {
  while (phase_ == Phase::open && !waiting_.empty() && has_room(waiting_.front().message.size())) {
    WaitingSend& first = waiting_.front();
    first.unlink();
    queue(first.message);
    first.outcome = Status();
    first.decided.open();
  }
}

void FramedLink::take_in(BytesView bytes) {
  const std::size_t before = received_.size();
  const Status status = decoder_.feed(bytes, received_);
  for (std::size_t i = before; i < received_.size(); ++i) {
    received_bytes_ += received_[i].size() + kMessageOverheadBytes;
  }
  if (received_.size() > before) arrived_.notify_all();
  if (!status.ok()) end("broke: " + status.message());
}

void FramedLink::end(const std::string& why) {
  if (phase_ == Phase::ended) return;
  stop_accepting(Phase::ended, why);
  queued_.clear();
  stream_->close();
}

void FramedLink::stop_accepting(Phase phase, const std::string& why) {
  if (phase_ == Phase::open) {
    why_ = Status(Code::unavailable, "the connection with " + to_string(peer_) + " " + why);
  }
  phase_ = phase;
  while (!waiting_.empty()) {
    WaitingSend& first = waiting_.front();
    first.unlink();
    first.outcome = why_;
    first.decided.open();
  }
  to_write_.notify_all();
  arrived_.notify_all();
  room_.notify_all();
}

void FramedLink::loop_ended() {
  if (--loops_ > 0) return;
  stream_->close();
  phase_ = Phase::ended;
  loops_ended_.open();
}

}  // namespace eyrie
