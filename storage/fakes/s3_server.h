// S3Server: the S3 service of the simulated world, on one of its machines.
//
// It stands outside the system under test: what it keeps (S3Service) belongs to the world, outlives
// the machine's crashes, and is as reliable as S3 says it is. The machine, its clock and the
// network in front of it fail like all others.
#pragma once

#include <optional>
#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/server.h"
#include "storage/fakes/proto/s3.pb.h"
#include "storage/fakes/s3_faults.h"
#include "storage/fakes/s3_state.h"
#include "storage/s3/signature.h"

namespace eyrie::storage::fakes {

inline constexpr std::string_view kS3Method = "s3.exchange";

struct S3Service {
  S3DurableState state;
  S3FaultInjector faults;
  s3::Credentials credentials;
  std::string region = "us-east-1";
  S3Limits limits;
  S3Habits habits = {};
};

class S3Server {
 public:
  // The environment and the service outlive the server.
  S3Server(Environment& environment, S3Service& service, rpc::ServerOptions options);

  Task<Status> start(Address address) { return server_.start(std::move(address)); }
  Task<void> stop() { return server_.stop(); }
  const Address& address() const { return server_.address(); }

 private:
  Task<Result<wire::HttpResponse>> exchange(rpc::CallContext context, HttpRequest request);
  HttpResponse answer(const HttpRequest& request, const S3Fate& fate);
  std::optional<HttpResponse> refuse_signature(const HttpRequest& request, Duration clock_error);

  Environment& environment_;
  S3Service& service_;
  S3State state_;
  rpc::RpcServer server_;
};

}  // namespace eyrie::storage::fakes
