// HttpServer: answers GET and HEAD over a network of byte streams, HTTP/1.0 and 1.1.
//
// For probes and scrapes: answers are short and made at once or soon, connections few. What a
// client sends is hostile: each connection has a time for its request, a size for its head, no
// body, and its number is bounded. Used from one executor.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "runtime/byte_stream.h"
#include "runtime/clock.h"
#include "runtime/http.h"
#include "runtime/task_group.h"

namespace eyrie {

struct HttpServerLimits {
  std::size_t connections_max = 64;  // beyond: 503, and closed
  std::size_t head_bytes_max = std::size_t{8} << 10;
  Duration request_time = 10s;  // until a request is whole, from its connection or the one before
  Duration answer_time = 30s;   // until an answer is made and taken by the client
};

class HttpServer {
 public:
  // Asked for GET and HEAD alone. The target is as the client sent it.
  using Handler = std::function<Task<HttpResponse>(HttpRequest)>;

  // Borrows the first three.
  HttpServer(Executor& executor, Clock& clock, ByteNetwork& network, Handler handler,
             HttpServerLimits limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // Listens and answers until stop(); errors of ByteNetwork::listen. Once.
  Task<Status> start(Address address);
  const Address& address() const { return listener_->address(); }
  // Ends every connection. Needed before destruction, once started.
  Task<void> stop();

 private:
  Task<void> accept_connections();
  Task<void> serve(std::unique_ptr<ByteStream> stream);
  Task<void> refuse(std::unique_ptr<ByteStream> stream);

  Clock& clock_;
  ByteNetwork& network_;
  Handler handler_;
  HttpServerLimits limits_;
  std::unique_ptr<ByteListener> listener_;
  std::size_t connections_ = 0;
  TaskGroup group_;
};

}  // namespace eyrie
