#include "storage/etcd/refusal.h"

#include <array>

namespace eyrie::storage {

namespace {

constexpr std::array kRefusals{
    kEmptyKey,
    kDuplicateKey,
    kKeyNotFound,
    kValueProvided,
    kLeaseProvided,
    kTooManyOperations,
    kRequestTooLarge,
    kCompacted,
    kFutureRevision,
    kNoSpace,
    kLeaseNotFound,
    kLeaseExists,
    kLeaseTooLong,
    kNoLeader,
    kTooManyRequests,
    kNotCapable,
    kUnhealthy,
    kLearner,
    kNotLeader,
    kLeaderChanged,
    kStopped,
    kTimedOut,
    kTimedOutLeaderFailed,
    kTimedOutConnectionLost,
    kCorrupt,
};

// Of words nobody told us about. A request that was turned down for what it says was not applied;
// unavailable and resource_exhausted are also how gRPC reports a connection that broke half-way or
// an answer too large to receive.
Code meaning_of_code(EtcdCode code) {
  switch (code) {
    case EtcdCode::invalid_argument:
      return Code::invalid_argument;
    case EtcdCode::not_found:
      return Code::not_found;
    case EtcdCode::already_exists:
      return Code::already_exists;
    case EtcdCode::permission_denied:
    case EtcdCode::unauthenticated:
    case EtcdCode::failed_precondition:
      return Code::failed_precondition;
    case EtcdCode::out_of_range:
      return Code::out_of_range;
    case EtcdCode::unimplemented:
      return Code::unsupported;
    case EtcdCode::deadline_exceeded:
      return Code::deadline_exceeded;
    case EtcdCode::data_loss:
      return Code::data_loss;
    case EtcdCode::ok:
    case EtcdCode::cancelled:
    case EtcdCode::unknown:
    case EtcdCode::resource_exhausted:
    case EtcdCode::aborted:
    case EtcdCode::internal:
    case EtcdCode::unavailable:
      return Code::unknown;
  }
  return Code::unknown;
}

}  // namespace

Status meaning_of(const EtcdAnswer& answer) {
  for (const EtcdRefusal& refusal : kRefusals) {
    if (answer.message == refusal.message) return {refusal.meaning, answer.message};
  }
  return {meaning_of_code(answer.code), "etcd refused (" +
                                            std::to_string(static_cast<std::int32_t>(answer.code)) +
                                            "): " + answer.message};
}

}  // namespace eyrie::storage
