#include "storage/fakes/etcd_requests.h"

#include <algorithm>
#include <utility>

namespace eyrie::storage::fakes {

namespace {

template <class Response>
EtcdAnswer succeed(Response response, const EtcdMemberView& view) {
  etcdserverpb::ResponseHeader& header = *response.mutable_header();
  const EtcdState::Revision revision = header.revision();
  header = view.header;
  header.set_revision(revision);
  return {EtcdCode::ok, "", response.SerializeAsString()};
}

template <class Response>
EtcdAnswer to_answer(EtcdOutcome<Response> outcome, const EtcdMemberView& view) {
  if (!outcome) return refuse(outcome.error());
  return succeed(std::move(*outcome), view);
}

// Decodes the request and gives it to `apply`, which returns an outcome or a response.
template <class Request, class Apply>
EtcdAnswer decoded(const Bytes& bytes, const Apply& apply) {
  Request request;
  if (!request.ParseFromString(bytes)) {
    return {EtcdCode::internal, "grpc: failed to unmarshal the received message", ""};
  }
  return apply(request);
}

EtcdAnswer answer_status(const EtcdState& state, const EtcdMemberView& view) {
  etcdserverpb::StatusResponse response;
  response.set_version("3.4.23");
  response.set_leader(view.leader);
  response.set_raftterm(view.header.raft_term());
  response.set_raftindex(static_cast<std::uint64_t>(state.revision()));
  response.set_raftappliedindex(static_cast<std::uint64_t>(view.applied));
  response.mutable_header()->set_revision(view.applied);
  return succeed(std::move(response), view);
}

EtcdAnswer answer_keys(EtcdState& state, EtcdMethod method, const Bytes& request,
                       const EtcdMemberView& view) {
  switch (method) {
    case EtcdMethod::put:
      return decoded<etcdserverpb::PutRequest>(
          request, [&](const auto& put) { return to_answer(state.put(put), view); });
    case EtcdMethod::delete_range:
      return decoded<etcdserverpb::DeleteRangeRequest>(
          request, [&](const auto& remove) { return to_answer(state.delete_range(remove), view); });
    case EtcdMethod::txn:
      return decoded<etcdserverpb::TxnRequest>(
          request, [&](const auto& txn) { return to_answer(state.txn(txn), view); });
    case EtcdMethod::compact:
      return decoded<etcdserverpb::CompactionRequest>(
          request, [&](const auto& compact) { return to_answer(state.compact(compact), view); });
    default:
      return decoded<etcdserverpb::RangeRequest>(request, [&](const auto& range) {
        return to_answer(state.range(range, view.applied), view);
      });
  }
}

EtcdAnswer answer_leases(EtcdState& state, EtcdMethod method, const Bytes& request,
                         const EtcdMemberView& view) {
  switch (method) {
    case EtcdMethod::lease_grant:
      return decoded<etcdserverpb::LeaseGrantRequest>(request, [&](const auto& grant) {
        return to_answer(state.grant(grant, view.leader_now), view);
      });
    case EtcdMethod::lease_revoke:
      return decoded<etcdserverpb::LeaseRevokeRequest>(
          request, [&](const auto& revoke) { return to_answer(state.revoke(revoke.id()), view); });
    case EtcdMethod::lease_keep_alive:
      return decoded<etcdserverpb::LeaseKeepAliveRequest>(request, [&](const auto& keep) {
        return succeed(state.keep_alive(keep.id(), view.leader_now), view);
      });
    default:
      return decoded<etcdserverpb::LeaseTimeToLiveRequest>(request, [&](const auto& ttl) {
        return succeed(state.time_to_live(ttl, view.leader_now), view);
      });
  }
}

}  // namespace

bool is_write(EtcdMethod method) {
  switch (method) {
    case EtcdMethod::put:
    case EtcdMethod::delete_range:
    case EtcdMethod::txn:
    case EtcdMethod::compact:
    case EtcdMethod::lease_grant:
    case EtcdMethod::lease_revoke:
      return true;
    case EtcdMethod::range:
    case EtcdMethod::lease_time_to_live:
    case EtcdMethod::status:
    case EtcdMethod::watch:
    case EtcdMethod::lease_keep_alive:
      return false;
  }
  return false;
}

bool is_serializable(EtcdMethod method, const Bytes& request) {
  if (method == EtcdMethod::status) return true;
  etcdserverpb::RangeRequest range;
  return method == EtcdMethod::range && range.ParseFromString(request) && range.serializable();
}

bool needs_space(EtcdMethod method, const Bytes& request) {
  if (method == EtcdMethod::put || method == EtcdMethod::lease_grant) return true;
  etcdserverpb::TxnRequest txn;
  if (method != EtcdMethod::txn || !txn.ParseFromString(request)) return false;
  const auto puts = [](const etcdserverpb::RequestOp& operation) {
    return operation.has_request_put();
  };
  return std::ranges::any_of(txn.success(), puts) || std::ranges::any_of(txn.failure(), puts);
}

EtcdAnswer refuse(const EtcdRefusal& refusal) {
  return {refusal.code, std::string(refusal.message), ""};
}

EtcdAnswer answer(EtcdState& state, EtcdMethod method, const Bytes& request,
                  const EtcdMemberView& view) {
  switch (method) {
    case EtcdMethod::range:
    case EtcdMethod::put:
    case EtcdMethod::delete_range:
    case EtcdMethod::txn:
    case EtcdMethod::compact:
      // etcd measures the entry of its log, a little more than the request.
      if (request.size() > kRequestBytesMax) return refuse(kRequestTooLarge);
      return answer_keys(state, method, request, view);
    case EtcdMethod::lease_grant:
    case EtcdMethod::lease_revoke:
    case EtcdMethod::lease_time_to_live:
    case EtcdMethod::lease_keep_alive:
      return answer_leases(state, method, request, view);
    case EtcdMethod::status:
      return answer_status(state, view);
    case EtcdMethod::watch:
      break;
  }
  return {EtcdCode::unimplemented, "not a unary method", ""};
}

}  // namespace eyrie::storage::fakes
