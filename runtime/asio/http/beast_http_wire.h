// BeastHttpWire: the HttpWire of production, HTTP/1.1 to one server, over TCP or TLS.
//
// Keeps connections for the next exchange, each with a reader that notices when the server closes
// it. A request goes out again only if no byte of it went out before: of a kept connection that
// ends after that, nobody knows whether the server closed it before or because of the request.
//
// Used from one executor. stop() ends the exchanges under way and closes what is kept; whoever owns
// it calls that before it goes.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/asio/tls_options.h"
#include "runtime/byte_stream.h"
#include "runtime/clock.h"
#include "runtime/http.h"
#include "runtime/sync.h"

namespace eyrie {

struct HttpWireOptions {
  Address endpoint;
  std::optional<TlsOptions> tls = {};  // absent: plain HTTP
  // Connections in use or kept; further exchanges wait for one.
  std::size_t connections_max = 64;
  // How long one is kept unused. Less than a server's own limit (S3's is not documented, radosgw's
  // a minute), so that it is mostly this side that closes.
  Duration idle_time = 15s;
  Duration connect_timeout = 5s;  // also of TLS's handshake
  std::size_t answer_bytes_max = std::size_t{256} << 20;
  // How messages name these: "s3" makes "s3.answer_bytes_max".
  std::string setting = "http";
};

class BeastHttpWire final : public HttpWire {
 public:
  // The executor, the clock and the network outlive it. Errors are those of make_tls_context().
  static Result<std::unique_ptr<BeastHttpWire>> make(Executor& executor, Clock& clock,
                                                     ByteNetwork& network, HttpWireOptions options);
  ~BeastHttpWire() override;

  // Besides the seam's codes: failed_precondition if one end refuses the other's certificate,
  // invalid_argument if the request is none. Both were certainly not processed.
  Task<Result<HttpResponse>> exchange(HttpRequest request, MonotonicTime deadline) override;

  Task<void> stop();

  std::size_t kept() const;  // connections that wait for an exchange

 private:
  struct Connection;
  struct Attempt;

  BeastHttpWire(Executor& executor, Clock& clock, ByteNetwork& network, HttpWireOptions options,
                std::optional<TlsContext> tls);

  Task<Result<HttpResponse>> run(Attempt& attempt);
  Task<Result<HttpResponse>> converse(Connection& connection, Attempt& attempt);
  Task<Result<HttpResponse>> read_answer(Connection& connection, Attempt& attempt);
  Task<void> wait_for_exchanges();
  static Task<void> write_request(Connection& connection, Attempt& attempt);

  // A kept connection that is still open, else null.
  Task<std::unique_ptr<Connection>> take();
  Task<Result<std::unique_ptr<Connection>>> connect();
  Task<Result<std::unique_ptr<ByteStream>>> open_stream();
  void keep(std::unique_ptr<Connection> connection);
  static Task<void> watch(Connection& connection, Clock& clock, Duration idle_time);

  Executor& executor_;
  Clock& clock_;
  ByteNetwork& network_;
  HttpWireOptions options_;
  std::optional<TlsContext> tls_;
  Semaphore connections_;
  std::vector<std::unique_ptr<Connection>> kept_;  // the last one was used last
  bool stopping_ = false;
  std::list<Scope*> exchanges_;  // under way
  Condition ended_;              // one of them has
};

}  // namespace eyrie
