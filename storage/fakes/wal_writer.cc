#include "storage/fakes/wal_writer.h"

#include <optional>

#include "runtime/rpc/message.h"

namespace eyrie::storage::fakes {
namespace {

Task<void> send_records(std::shared_ptr<WalSession> session) {
  while (!session->over) {
    if (!session->outbox.empty()) {
      auto [position, record] = std::move(session->outbox.front());
      session->outbox.pop_front();
      wire::WalAppendRequest message;
      message.set_position(position);
      message.set_record(std::move(record));
      Result<Bytes> encoded = rpc::encode_message(message);
      if (!encoded) {
        session->end(std::move(encoded).error());
        co_return;
      }
      const Status sent = co_await session->stream->send(std::move(*encoded));
      // What ended the stream, receive_acknowledgements() is told too, after the acknowledgements
      // that came before it.
      if (!sent.ok()) co_return;
    } else if (session->closing) {
      session->stream->finish();
      co_return;
    } else if (!(co_await session->changed.wait()).ok()) {
      co_return;
    }
  }
}

Task<void> receive_acknowledgements(std::shared_ptr<WalSession> session) {
  while (true) {
    Result<std::optional<Bytes>> bytes = co_await session->stream->receive();
    if (!bytes) {
      session->end(std::move(bytes).error());
      co_return;
    }
    if (!*bytes) {
      session->end(Status(Code::unknown, "the WAL service ended the stream"));
      co_return;
    }
    const auto message = rpc::decode_message<wire::WalAppendResponse>(**bytes);
    if (!message || message->durable_through() >= session->next) {
      session->end(Status(Code::unknown, "the WAL service's answer makes no sense"));
      co_return;
    }
    session->acknowledge(message->durable_through());
  }
}

Task<Status> wait_for(WalSession::Answer answer) {
  EYRIE_CO_TRY(Status status, co_await answer->wait());
  co_return status;
}

Task<Status> refuse(Status why) {
  co_return why;
}

}  // namespace

void WalSession::acknowledge(WalPosition through) {
  while (!waiting.empty() && waiting.begin()->first <= through) {
    waiting.begin()->second->set(Status());
    waiting.erase(waiting.begin());
  }
  durable = std::max(durable, through);
}

void WalSession::end(Status why) {
  if (std::exchange(over, true)) return;
  const bool fenced = why.code() == Code::fenced;  // (3)
  const Status answer = fenced ? why : Status(Code::unknown, why.to_string());
  for (auto& [position, one] : waiting) one->set(answer);
  waiting.clear();
  outbox.clear();
  if (refusal.ok()) {
    refusal = fenced ? why : Status(Code::unavailable, "the writer broke: " + why.message());
  }
  changed.notify_all();
}

WalServiceWriter::WalServiceWriter(Environment& environment, TaskGroup& group,
                                   std::unique_ptr<rpc::ClientStream> stream, WalPosition next)
    : environment_(environment), session_(std::make_shared<WalSession>()) {
  session_->stream = std::move(stream);
  session_->next = next;
  session_->durable = next - 1;
  group.spawn(send_records(session_));
  group.spawn(receive_acknowledgements(session_));
}

WalServiceWriter::~WalServiceWriter() {
  // At a crash nothing is told to anybody.
  if (environment_.executor.stopped() || session_->over) return;
  session_->stream->cancel();
  session_->end(Status(Code::cancelled, "the writer was given up"));
}

// Not a coroutine: the position is taken by the call, not when somebody awaits it (1).
Task<Status> WalServiceWriter::append(Bytes record) {
  WalSession& session = *session_;
  if (!session.refusal.ok()) return refuse(session.refusal);
  if (record.size() > kWalRecordBytesMax) {
    session.refusal = Status(Code::unavailable, "an earlier record was too long");
    return refuse(Status(Code::invalid_argument,
                         "a record of " + std::to_string(record.size()) + " bytes is too long"));
  }
  const WalPosition position = session.next++;
  auto answer = std::make_shared<OneShot<Status>>();
  session.waiting.emplace(position, answer);
  session.outbox.emplace_back(position, std::move(record));
  session.changed.notify_all();
  return wait_for(std::move(answer));
}

Task<void> WalServiceWriter::close() {
  const std::shared_ptr<WalSession> session = session_;
  if (session->refusal.ok()) {
    session->refusal = Status(Code::failed_precondition, "the writer is closed");
  }
  session->closing = true;
  session->changed.notify_all();
  while (!session->over) {
    if (!(co_await session->changed.wait()).ok()) co_return;
  }
}

}  // namespace eyrie::storage::fakes
