#include "runtime/rpc/stream.h"

#include <algorithm>

#include "runtime/rpc/link.h"

namespace eyrie::rpc {

namespace {

// Counted for every message in addition to its bytes, so that credit bounds empty ones too.
constexpr std::int64_t kMessageCostBytes = 64;
// More credit than any window needs is a peer's mistake; refusing it keeps the sum from
// overflowing.
constexpr std::int64_t kCreditBytesMax = std::int64_t{1} << 40;

std::int64_t cost_of(std::size_t message_bytes) {
  return static_cast<std::int64_t>(message_bytes) + kMessageCostBytes;
}

}  // namespace

Stream::Stream(Link& link, std::uint64_t id, std::int64_t receive_window, std::int64_t send_credit)
    : link_(&link),
      executor_(&link.executor()),
      id_(id),
      window_(receive_window),
      send_credit_(std::clamp<std::int64_t>(send_credit, 0, kCreditBytesMax)) {
  link.streams.emplace(id, this);
}

Task<Result<std::optional<Bytes>>> Stream::receive() {
  while (inbox_.empty()) {
    if (link_ == nullptr && !end_.ok()) co_return fail(end_);
    if (link_ == nullptr || peer_finished_) co_return std::optional<Bytes>();
    EYRIE_CO_RETURN_IF_ERROR(co_await readable_.wait());
  }
  Bytes message = std::move(inbox_.front());
  inbox_.pop_front();
  return_credit(message.size());
  co_return std::optional<Bytes>(std::move(message));
}

void Stream::return_credit(std::size_t message_bytes) {
  consumed_ += cost_of(message_bytes);
  // Half a window at a time, so that small messages do not cost a frame each.
  if (link_ == nullptr || peer_finished_ || consumed_ < window_ / 2) return;
  wire::Header& header = link_->new_header(wire::KIND_STREAM_CREDIT, id_);
  header.set_credit_bytes(consumed_);
  unreturned_ -= std::exchange(consumed_, 0);
  link_->post(encode_frame(header, Bytes()));
}

Task<Status> Stream::send(Bytes message) {
  while (link_ != nullptr && !finished_ && send_credit_ <= 0) {
    EYRIE_CO_RETURN_IF_ERROR(co_await writable_.wait());
  }
  if (link_ == nullptr && !end_.ok()) co_return end_;
  if (link_ == nullptr) co_return Status(Code::failed_precondition, "the stream has ended");
  if (finished_) co_return Status(Code::failed_precondition, "this direction has ended");
  send_credit_ -= cost_of(message.size());
  Bytes frame = encode_frame(link_->new_header(wire::KIND_STREAM_MESSAGE, id_), std::move(message));
  co_return co_await link_->send(std::move(frame));
}

Status Stream::on_message(Bytes message) {
  if (peer_finished_) return Status(Code::invalid_argument, "a stream message after the end");
  if (unreturned_ >= window_)
    return Status(Code::invalid_argument, "a stream message beyond credit");
  unreturned_ += cost_of(message.size());
  inbox_.push_back(std::move(message));
  readable_.notify_all();
  return {};
}

Status Stream::on_credit(std::int64_t bytes) {
  if (bytes <= 0 || bytes > kCreditBytesMax - std::max<std::int64_t>(send_credit_, 0)) {
    return Status(Code::invalid_argument, "a credit of " + std::to_string(bytes) + " bytes");
  }
  send_credit_ += bytes;
  writable_.notify_all();
  return {};
}

void Stream::on_peer_finished() {
  peer_finished_ = true;
  readable_.notify_all();
}

void Stream::on_end(Status status) {
  if (link_ == nullptr) return;
  link_->streams.erase(id_);
  link_ = nullptr;
  end_ = std::move(status);
  readable_.notify_all();
  writable_.notify_all();
}

void Stream::finish_sending() {
  finished_ = true;
  writable_.notify_all();
}

ClientStream::~ClientStream() {
  // At a crash the link may be gone already, and nothing is to be said.
  if (!executor().stopped()) cancel();
}

void ClientStream::finish() {
  if (ended() || finished()) return;
  finish_sending();
  link()->post(link()->plain_frame(wire::KIND_STREAM_END, id()));
}

void ClientStream::cancel() {
  if (ended()) return;
  link()->post(link()->plain_frame(wire::KIND_CANCEL, id()));
  drop_received();
  on_end(Status(Code::cancelled, "the stream was cancelled"));
}

}  // namespace eyrie::rpc
