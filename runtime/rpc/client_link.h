// ClientLink: a link and the calls that wait for answers on it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/rpc/link.h"

namespace eyrie::rpc {

// A call on the wire. Lives in its caller's frame.
struct PendingCall {
  // over: nothing more comes, and the call is in no table. answered: because the peer said so;
  // otherwise the link ended.
  bool over = false;
  bool answered = false;
  bool refused = false;  // by the peer, before the handler
  Status status;         // of the answer, or why the link ended
  Bytes payload;
  WaitQueue waiters;
};

class ClientLink : public Link {
 public:
  using Link::Link;

  // Judges and delivers one message; an error is the peer's breach, after which the link is closed.
  Status on_frame(Bytes frame);
  // Gives every call and stream the end that a broken connection has.
  void end_all(const Status& status);

  std::map<std::uint64_t, PendingCall*> calls;
  std::map<std::string, std::uint32_t> method_numbers;  // of the server; of an older one none

 private:
  void on_response(const wire::Header& header, Bytes payload);

  wire::Header received_;
};

}  // namespace eyrie::rpc
