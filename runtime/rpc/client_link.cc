#include "runtime/rpc/client_link.h"

#include <utility>

namespace eyrie::rpc {

Status ClientLink::on_frame(Bytes frame) {
  EYRIE_RETURN_IF_ERROR(decode_frame(frame, received_));
  EYRIE_RETURN_IF_ERROR(check_version(received_, protocol()));
  switch (received_.kind()) {
    case wire::KIND_RESPONSE:
      on_response(received_, std::move(frame));
      return {};
    case wire::KIND_STREAM_MESSAGE:
    case wire::KIND_STREAM_CREDIT:
      return on_stream_frame(received_, std::move(frame));
    case wire::KIND_STREAM_END:
      if (Stream* stream = find_stream(received_.request_id()))
        stream->on_end(get_status(received_));
      return {};
    case wire::KIND_PONG:
      return {};
    default:
      return Status(Code::invalid_argument,
                    "a message of kind " + std::to_string(received_.kind()) + " from a server");
  }
}

void ClientLink::on_response(const wire::Header& header, Bytes payload) {
  const auto found = calls.find(header.request_id());
  if (found == calls.end()) return;  // nobody waits for it any more
  PendingCall& call = *found->second;
  calls.erase(found);
  call.over = true;
  call.answered = true;
  call.refused = header.refused();
  call.status = get_status(header);
  call.payload = std::move(payload);
  wake_all(call.waiters);
}

void ClientLink::end_all(const Status& status) {
  for (auto& [id, call] : std::exchange(calls, {})) {
    call->over = true;
    call->status = status;
    wake_all(call->waiters);
  }
  end_streams(status);
}

}  // namespace eyrie::rpc
