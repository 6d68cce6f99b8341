// HTTP/1.1 as bytes: how a request is written, and an answer read piece by piece.
//
// What a server sends is hostile until it is parsed: every length has a limit, and bytes that are
// no HTTP give a Status.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/http.h"

namespace eyrie {

// The request line and the headers, with the empty line that ends them. `host` stands in for a host
// header that is missing. invalid_argument if a part of it would end a line or a word early.
Result<Bytes> write_request_head(const HttpRequest& request, const std::string& host);

struct AnswerLimits {
  std::size_t body_bytes_max = 0;
  std::string setting;  // how messages name it
};

class AnswerParser {
 public:
  // The answer to a HEAD has no body, whatever its headers say.
  AnswerParser(bool to_head, AnswerLimits limits);
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;
  ~AnswerParser();

  // The next bytes of the connection. unknown: they are no HTTP, or more than the limits allow.
  Status feed(BytesView bytes);
  // The connection has ended. unknown: within an answer, or before one.
  Status end();

  bool begun() const;  // a byte has come
  bool done() const;   // the answer is whole; those of 1xx before it are passed over
  // Of a whole answer: the connection may carry another exchange.
  bool keep_alive() const;
  HttpResponse take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What a server reads, request by request. A request with a body is refused: none that we serve has
// one.
class RequestParser {
 public:
  explicit RequestParser(std::size_t head_bytes_max);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  // The next bytes of the connection. invalid_argument: they are no HTTP; resource_exhausted: the
  // head is larger than it may be; unsupported: it has a body. Nothing is read after any of these.
  Status feed(BytesView bytes);
  bool begun() const;       // a byte of the next request has come
  bool done() const;        // the request is whole
  bool keep_alive() const;  // of a whole request: its client wants to send another
  // The whole request. The one behind it begins with what has come of it at the next feed(), of
  // nothing if need be.
  HttpRequest take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// An answer as bytes, with its length; of one to HEAD without the body. `keep_alive` says whether
// the connection stays.
Bytes write_answer(const HttpResponse& answer, bool to_head, bool keep_alive);

}  // namespace eyrie
