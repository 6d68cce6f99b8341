// SimHttpWire: the HttpWire of the simulated world, to an S3Server on another machine. And how HTTP
// exchanges are written as messages.
#pragma once

#include "runtime/http.h"
#include "runtime/rpc/channel.h"
#include "storage/fakes/proto/s3.pb.h"

namespace eyrie::storage::fakes {

class SimHttpWire final : public HttpWire {
 public:
  // The channel leads to the server and outlives this.
  explicit SimHttpWire(rpc::RpcChannel& channel) : channel_(channel) {}

  Task<Result<HttpResponse>> exchange(HttpRequest request, MonotonicTime deadline) override;

 private:
  rpc::RpcChannel& channel_;
};

wire::HttpRequest to_wire(HttpRequest request);
wire::HttpResponse to_wire(HttpResponse response);
HttpRequest from_wire(wire::HttpRequest message);
HttpResponse from_wire(wire::HttpResponse message);

}  // namespace eyrie::storage::fakes
