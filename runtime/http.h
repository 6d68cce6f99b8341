// HttpWire: one HTTP exchange with one server. The S3 client speaks through it; production carries
// it over TCP or TLS, the simulated world as a message to a fake server.
#pragma once

#include <map>
#include <string>

#include "runtime/bytes.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace eyrie {

// Header names in lower case. The target is the path and query exactly as signed and sent.
using HttpHeaders = std::map<std::string, std::string>;

struct HttpRequest {
  std::string method;
  std::string target;
  HttpHeaders headers;
  Bytes body;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  Bytes body;
};

class HttpWire {
 public:
  virtual ~HttpWire() = default;

  // unavailable: certainly not processed (no connection). unknown or deadline_exceeded: sent, but
  // the answer did not come whole, so it may have been processed.
  virtual Task<Result<HttpResponse>> exchange(HttpRequest request, MonotonicTime deadline) = 0;
};

}  // namespace eyrie
