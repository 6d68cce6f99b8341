// What the end of a gRPC call is taken for: whether the member may have seen the request decides
// whether it is repeated.
#include <gtest/gtest.h>

#include "storage/etcd/grpc/outcome.h"
#include "storage/etcd/refusal.h"

namespace eyrie::storage {
namespace {

GrpcEtcdOptions options() {
  GrpcEtcdOptions options;
  options.endpoint = "etcd-1:2379";
  options.user = "eyrie";
  options.tls.emplace().ca_file = "/etc/ca.pem";
  return options;
}

RpcEnd end_of(EtcdCode code, std::string message, bool peer_known = true) {
  return {static_cast<std::int32_t>(code), std::move(message), peer_known};
}

Code code_of(const RpcEnd& end) {
  return status_of(outcome_of(end, options())).code();
}

TEST(EtcdGrpcOutcome, EveryRefusalOfEtcdsIsAnAnswer) {
  for (const EtcdRefusal& refusal :
       {kEmptyKey, kCompacted, kNoSpace, kLeaseNotFound, kNoLeader, kTooManyRequests, kStopped,
        kTimedOut, kLeaderChanged, kCorrupt}) {
    const Result<EtcdAnswer> answer =
        outcome_of(end_of(refusal.code, std::string(refusal.message)), options());
    ASSERT_TRUE(answer.has_value()) << answer.error();
    EXPECT_EQ(answer->code, refusal.code);
    EXPECT_EQ(answer->message, refusal.message);
  }
}

TEST(EtcdGrpcOutcome, OnlyACallWithoutAPeerNeverReachedTheMember) {
  const std::string words = "failed to connect to all addresses; last error: refused";
  EXPECT_EQ(code_of(end_of(EtcdCode::unavailable, words, false)), Code::unavailable);
  EXPECT_EQ(code_of(end_of(EtcdCode::unavailable, words, true)), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::unavailable, "Socket closed", false)), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::unknown, words, false)), Code::unknown);
}

TEST(EtcdGrpcOutcome, WhatTheLibrarySaysOfABrokenConnectionIsInDoubt) {
  EXPECT_EQ(code_of(end_of(EtcdCode::unavailable, "Socket closed")), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::unavailable, "keepalive watchdog timeout")), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::unknown, "Stream removed")), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::internal, "RST_STREAM with error code 2")), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::cancelled, "CANCELLED")), Code::unknown);
  EXPECT_EQ(code_of(end_of(EtcdCode::deadline_exceeded, "Deadline Exceeded", false)),
            Code::deadline_exceeded);
}

TEST(EtcdGrpcOutcome, AnAnswerThatIsTooLargeNamesTheOption) {
  const Status status = status_of(
      outcome_of(end_of(EtcdCode::resource_exhausted, "Received message larger than max (9 vs. 8)"),
                 options()));
  EXPECT_EQ(status.code(), Code::unknown);
  EXPECT_TRUE(status.message().contains("message_bytes_max")) << status;
}

TEST(EtcdGrpcOutcome, HttpStatusesOfProxiesAreTakenAtTheirWord) {
  const auto of = [](const std::string& status) {
    return code_of(end_of(EtcdCode::unavailable, "Received http2 header with status: " + status));
  };
  EXPECT_EQ(of("404"), Code::failed_precondition);
  EXPECT_EQ(of("403"), Code::failed_precondition);
  EXPECT_EQ(of("408"), Code::unknown);
  EXPECT_EQ(of("429"), Code::unknown);
  EXPECT_EQ(of("502"), Code::unknown);
}

TEST(EtcdGrpcOutcome, WhyThereIsNoConnectionIsSaidByTheOptions) {
  const auto words = [](const std::string& last, const GrpcEtcdOptions& with) {
    return status_of(
               outcome_of(end_of(EtcdCode::unavailable,
                                 "failed to connect to all addresses; last error: " + last, false),
                          with))
        .message();
  };
  GrpcEtcdOptions clear = options();
  clear.tls.reset();
  GrpcEtcdOptions certified = options();
  certified.tls->certificate_file = "/etc/client.pem";
  EXPECT_TRUE(words("Socket closed", clear).contains("does it want TLS (option tls)?"));
  EXPECT_TRUE(words("Socket closed", options()).contains("does it speak TLS, as option tls asks?"));
  EXPECT_TRUE(words("certificate verify failed", options()).contains("/etc/ca.pem"));
  EXPECT_TRUE(words("Endpoint read failed", options()).contains("wants a client certificate"));
  EXPECT_TRUE(words("Endpoint read failed", certified).contains("/etc/client.pem"));
  EXPECT_TRUE(words("Connection refused", clear).starts_with("etcd at etcd-1:2379: no connection"));
}

TEST(EtcdGrpcOutcome, WhatMustBeSetRightIsNamed) {
  const auto explained = [](EtcdCode code, const std::string& message) {
    return status_of(explain({code, message, {}}, options()));
  };
  for (const auto& [code, message] :
       {std::pair(EtcdCode::permission_denied, "etcdserver: permission denied"),
        std::pair(EtcdCode::unauthenticated, "etcdserver: invalid auth token"),
        std::pair(EtcdCode::invalid_argument, "etcdserver: user name is empty"),
        std::pair(EtcdCode::unimplemented, "unknown service etcdserverpb.KV")}) {
    const Status status = explained(code, message);
    EXPECT_EQ(status.code(), Code::failed_precondition) << message;
    EXPECT_TRUE(status.message().contains("etcd-1:2379")) << status;
  }
  EXPECT_TRUE(explained(EtcdCode::not_found, "etcdserver: requested lease not found").ok());
}

}  // namespace
}  // namespace eyrie::storage
