// Unary requests to a member, from bytes to bytes.
#pragma once

#include "runtime/time.h"
#include "storage/etcd/wire.h"
#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

// The member that answers, as it is at that moment.
struct EtcdMemberView {
  etcdserverpb::ResponseHeader header;  // without the revision
  EtcdState::Revision applied = 0;      // what it answers serializable reads from
  MonotonicTime leader_now;
  std::uint64_t leader = 0;  // member id; 0: it knows none
};

// Whether the request must go through the cluster's log.
bool is_write(EtcdMethod method);
// A read that asks this member alone and may be answered from its past.
bool is_serializable(EtcdMethod method, const Bytes& request);
// Whether it puts something, which a database at its quota refuses.
bool needs_space(EtcdMethod method, const Bytes& request);

EtcdAnswer refuse(const EtcdRefusal& refusal);
// Applies the request and answers; a linearizable read needs view.applied == state.revision().
EtcdAnswer answer(EtcdState& state, EtcdMethod method, const Bytes& request,
                  const EtcdMemberView& view);

}  // namespace eyrie::storage::fakes
