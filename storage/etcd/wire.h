// EtcdWire: calls and streams to one etcd member. The client (etcd_meta_store.h) speaks through it
// alone; production carries it over gRPC (grpc/grpc_etcd_wire.h), the simulated world as messages
// to a fake member.
//
// A wire carries encoded etcdserverpb messages and judges nothing: what etcd itself answered, also
// a refusal, is an EtcdAnswer with gRPC's code and etcd's words; what happened to the transport is
// a Status whose category is exact:
//   unavailable                   certainly never reached the member
//   unknown, deadline_exceeded    may have reached it
//   failed_precondition           certainly not applied, nor ever will be: the wire's own options
//   or
//                                 rights are wrong, and the message says which
// Every call and stream asks the member to know a leader (gRPC metadata "hasleader: true"), so that
// one cut off from the others refuses with kNoLeader and ends its streams instead of being silent.
//
// Used from one executor. A wire outlives its streams and the calls in progress.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/bytes.h"
#include "runtime/task.h"
#include "runtime/time.h"

namespace eyrie::storage {

// gRPC's status codes, by number.
enum class EtcdCode : std::int32_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

enum class EtcdMethod : std::uint8_t {
  range,
  put,
  delete_range,
  txn,
  compact,
  lease_grant,
  lease_revoke,
  lease_time_to_live,
  status,
  watch,             // a stream
  lease_keep_alive,  // a stream
};
// The gRPC method, e.g. "/etcdserverpb.KV/Range".
constexpr std::string_view path_of(EtcdMethod method) {
  switch (method) {
    case EtcdMethod::range:
      return "/etcdserverpb.KV/Range";
    case EtcdMethod::put:
      return "/etcdserverpb.KV/Put";
    case EtcdMethod::delete_range:
      return "/etcdserverpb.KV/DeleteRange";
    case EtcdMethod::txn:
      return "/etcdserverpb.KV/Txn";
    case EtcdMethod::compact:
      return "/etcdserverpb.KV/Compact";
    case EtcdMethod::lease_grant:
      return "/etcdserverpb.Lease/LeaseGrant";
    case EtcdMethod::lease_revoke:
      return "/etcdserverpb.Lease/LeaseRevoke";
    case EtcdMethod::lease_time_to_live:
      return "/etcdserverpb.Lease/LeaseTimeToLive";
    case EtcdMethod::status:
      return "/etcdserverpb.Maintenance/Status";
    case EtcdMethod::watch:
      return "/etcdserverpb.Watch/Watch";
    case EtcdMethod::lease_keep_alive:
      return "/etcdserverpb.Lease/LeaseKeepAlive";
  }
  return "";
}

struct EtcdAnswer {
  EtcdCode code = EtcdCode::ok;
  std::string message;  // etcd's words, unless ok
  Bytes body;           // the encoded response, if ok
};

// Two independent directions of messages, in order, each at most once, until it breaks.
class EtcdStream {
 public:
  EtcdStream() = default;
  EtcdStream(const EtcdStream&) = delete;
  EtcdStream& operator=(const EtcdStream&) = delete;
  virtual ~EtcdStream() = default;  // closes

  // ok once accepted for sending; sends may overlap and keep the order of their calls. unavailable
  // once the stream is over.
  virtual Task<Status> send(Bytes message) = 0;
  // The next message. An answer that is not ok is the member's reason for ending the stream, and
  // the last. unavailable: the stream broke or was closed. One at a time; one that is cancelled
  // loses no message.
  virtual Task<Result<EtcdAnswer>> receive() = 0;
  // Pending calls end with unavailable. May be repeated.
  virtual void close() = 0;
};

class EtcdWire {
 public:
  EtcdWire() = default;
  EtcdWire(const EtcdWire&) = delete;
  EtcdWire& operator=(const EtcdWire&) = delete;
  virtual ~EtcdWire() = default;

  virtual Task<Result<EtcdAnswer>> call(EtcdMethod method, Bytes request,
                                        MonotonicTime deadline) = 0;
  // The deadline is for opening alone.
  virtual Task<Result<std::unique_ptr<EtcdStream>>> open(EtcdMethod method,
                                                         MonotonicTime deadline) = 0;
  // Ends what is under way and waits for it; calls from now on are unavailable. Needed before
  // destruction.
  virtual Task<void> stop() = 0;
  // For messages to people: "etcd-1:2379".
  virtual const std::string& endpoint() const = 0;
};

}  // namespace eyrie::storage
