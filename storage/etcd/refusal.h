// What etcd says when it refuses, and what that means to us.
//
// A refusal is known by its words; words we do not know are judged by gRPC's code, and then never
// as "certainly not applied". Checked against etcd 3.4.23; the words are those of etcd's
// api/v3rpc/rpctypes.
#pragma once

#include <string>
#include <string_view>

#include "runtime/status.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

struct EtcdRefusal {
  EtcdCode code = EtcdCode::unknown;
  std::string_view message;
  Code meaning = Code::unknown;
};

inline constexpr EtcdRefusal kEmptyKey{EtcdCode::invalid_argument,
                                       "etcdserver: key is not provided", Code::invalid_argument};
inline constexpr EtcdRefusal kDuplicateKey{EtcdCode::invalid_argument,
                                           "etcdserver: duplicate key given in txn request",
                                           Code::invalid_argument};
inline constexpr EtcdRefusal kKeyNotFound{EtcdCode::invalid_argument, "etcdserver: key not found",
                                          Code::invalid_argument};
inline constexpr EtcdRefusal kValueProvided{
    EtcdCode::invalid_argument, "etcdserver: value is provided", Code::invalid_argument};
inline constexpr EtcdRefusal kLeaseProvided{
    EtcdCode::invalid_argument, "etcdserver: lease is provided", Code::invalid_argument};
inline constexpr EtcdRefusal kTooManyOperations{EtcdCode::invalid_argument,
                                                "etcdserver: too many operations in txn request",
                                                Code::invalid_argument};
inline constexpr EtcdRefusal kRequestTooLarge{
    EtcdCode::invalid_argument, "etcdserver: request is too large", Code::invalid_argument};
inline constexpr EtcdRefusal kCompacted{EtcdCode::out_of_range,
                                        "etcdserver: mvcc: required revision has been compacted",
                                        Code::out_of_range};
inline constexpr EtcdRefusal kFutureRevision{
    EtcdCode::out_of_range, "etcdserver: mvcc: required revision is a future revision",
    Code::out_of_range};
inline constexpr EtcdRefusal kNoSpace{EtcdCode::resource_exhausted,
                                      "etcdserver: mvcc: database space exceeded", Code::disk_full};
inline constexpr EtcdRefusal kLeaseNotFound{
    EtcdCode::not_found, "etcdserver: requested lease not found", Code::not_found};
inline constexpr EtcdRefusal kLeaseExists{EtcdCode::failed_precondition,
                                          "etcdserver: lease already exists", Code::already_exists};
inline constexpr EtcdRefusal kLeaseTooLong{
    EtcdCode::out_of_range, "etcdserver: too large lease TTL", Code::invalid_argument};

// Said before the request is proposed to the other members: certainly not applied.
inline constexpr EtcdRefusal kNoLeader{EtcdCode::unavailable, "etcdserver: no leader",
                                       Code::unavailable};
inline constexpr EtcdRefusal kTooManyRequests{
    EtcdCode::resource_exhausted, "etcdserver: too many requests", Code::resource_exhausted};
inline constexpr EtcdRefusal kNotCapable{EtcdCode::unavailable, "etcdserver: not capable",
                                         Code::unavailable};
inline constexpr EtcdRefusal kUnhealthy{EtcdCode::unavailable, "etcdserver: unhealthy cluster",
                                        Code::unavailable};
inline constexpr EtcdRefusal kLearner{
    EtcdCode::unavailable, "etcdserver: rpc not supported for learner", Code::unavailable};
inline constexpr EtcdRefusal kNotLeader{EtcdCode::failed_precondition, "etcdserver: not leader",
                                        Code::not_leader};

// Said while the request was under way: it may be applied now or later.
inline constexpr EtcdRefusal kLeaderChanged{EtcdCode::unavailable, "etcdserver: leader changed",
                                            Code::unknown};
inline constexpr EtcdRefusal kStopped{EtcdCode::unavailable, "etcdserver: server stopped",
                                      Code::unknown};
inline constexpr EtcdRefusal kTimedOut{EtcdCode::unavailable, "etcdserver: request timed out",
                                       Code::deadline_exceeded};
inline constexpr EtcdRefusal kTimedOutLeaderFailed{
    EtcdCode::unavailable, "etcdserver: request timed out, possibly due to previous leader failure",
    Code::deadline_exceeded};
inline constexpr EtcdRefusal kTimedOutConnectionLost{
    EtcdCode::unavailable, "etcdserver: request timed out, possibly due to connection lost",
    Code::deadline_exceeded};

inline constexpr EtcdRefusal kCorrupt{EtcdCode::data_loss, "etcdserver: corrupt cluster",
                                      Code::data_loss};

// The Status that an answer other than ok means, its message kept.
Status meaning_of(const EtcdAnswer& answer);

}  // namespace eyrie::storage
