// What callers, handlers and their owners say to the RPC layer: identities, options, contexts.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/ids.h"
#include "runtime/random.h"
#include "runtime/release.h"
#include "runtime/time.h"

namespace eyrie::rpc {

// Who an end of a connection is. Ends of different clusters refuse each other.
struct Identity {
  std::string cluster;
  NodeId node;
  IncarnationId incarnation;
  Release release = kThisRelease;  // whose protocols it speaks
};

// Names one intent of a caller, so that a server that sees it twice acts once. Zero is none.
struct Token {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  bool valid() const { return high != 0 || low != 0; }
  friend auto operator<=>(const Token&, const Token&) = default;
};
Token draw_token(Random& random);

inline constexpr MonotonicTime kNoDeadline = MonotonicTime::max();

// What a handler knows of its caller.
struct CallContext {
  std::string_view method;  // the registered name, as long as the server
  NodeId sender;
  IncarnationId sender_incarnation;
  // By this machine's clock; passes a little later than the caller's. The handler's scope is
  // cancelled then. kNoDeadline only for streams.
  MonotonicTime deadline = kNoDeadline;
  // Whether the caller named one; else it is this server's longest (ServerLimits::call_time_max).
  bool deadline_named = false;
  Token token;
};

// Every call ends with exactly one of:
//   - the handler's own answer or Status, unchanged (code, message, Milvus code);
//   - unavailable, resource_exhausted, unsupported, fenced, failed_precondition, invalid_argument
//     of this layer: the handler was certainly not run;
//   - unknown, deadline_exceeded, cancelled of this layer: it may have been.
struct CallOptions {
  // kNoDeadline: ChannelOptions::call_timeout from now for a call, none for a stream.
  MonotonicTime deadline = kNoDeadline;
  // Only this incarnation may run it; another answers fenced. Invalid: any.
  IncarnationId target_incarnation;
  // The method may run any number of times: the effect is the same and the last answer is the
  // answer. Retried after unavailable and after an unknown outcome.
  bool idempotent = false;
  // The method was registered with remembers_tokens. Retried like an idempotent one, but an unknown
  // outcome only at the incarnation that may have run it, for only that one remembers.
  Token token;
};

struct ChannelOptions {
  Identity self;
  Duration connect_timeout = 2s;  // connecting and the hello of both sides
  Duration call_timeout = 10s;    // of calls that name no deadline
  Duration back_off_min = 10ms;   // before the second attempt; doubles up to the maximum
  Duration back_off_max = 2s;
  Duration keep_alive_interval = 5s;  // without a word of the peer before it is pinged
  Duration keep_alive_timeout = 5s;   // after the ping before the connection is given up
  std::size_t calls_max = 4096;       // under way at once; beyond: resource_exhausted
  std::size_t streams_max = 256;
  std::int64_t stream_window_bytes = 1 << 20;  // sent by the peer and not yet received here
  std::size_t posted_frames_max = 8192;        // cancels, credits, pings waiting to be sent
};

struct ServerLimits {
  std::size_t connections_max = 1024;
  std::size_t requests_max = 4096;  // running at once, over all connections
  std::size_t requests_per_connection_max = 1024;
  std::size_t streams_per_connection_max = 256;
  std::int64_t stream_window_bytes = 1 << 20;
  std::size_t posted_frames_max = 8192;
  Duration call_time_max = 10min;  // a later deadline of a request is drawn in to this
  Duration hello_timeout = 5s;     // between a connection and its hello
  Duration silence_max = 30s;      // a connection without a word for longer is given up
  // Remembered answers of calls with a token. When full, new tokens are refused: forgetting one
  // early could run it twice.
  std::size_t tokens_max = 65536;
  std::int64_t token_bytes_max = 64 << 20;
  Duration token_age_max = 10min;
};

struct ServerOptions {
  Identity self;
  ServerLimits limits;
};

}  // namespace eyrie::rpc
