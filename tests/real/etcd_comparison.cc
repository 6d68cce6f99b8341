#include "tests/real/etcd_comparison.h"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

namespace eyrie::test {

namespace {

using storage::EtcdAnswer;
using storage::EtcdCode;
using storage::EtcdMethod;
using storage::fakes::EtcdState;

constexpr std::int64_t kLeasePlaySeconds = 600;

template <class Message>
std::string text_of(const Bytes& bytes) {
  Message message;
  if (!message.ParseFromString(bytes)) return "(cannot be decoded)";
  std::string text = message.ShortDebugString();
  return text.size() > 1'500 ? text.substr(0, 1'500) + "..." : text;
}

std::string text_of(EtcdMethod method, const Bytes& request, bool answer) {
  using namespace etcdserverpb;
  switch (method) {
    case EtcdMethod::range:
      return answer ? text_of<RangeResponse>(request) : text_of<RangeRequest>(request);
    case EtcdMethod::put:
      return answer ? text_of<PutResponse>(request) : text_of<PutRequest>(request);
    case EtcdMethod::delete_range:
      return answer ? text_of<DeleteRangeResponse>(request) : text_of<DeleteRangeRequest>(request);
    case EtcdMethod::txn:
      return answer ? text_of<TxnResponse>(request) : text_of<TxnRequest>(request);
    case EtcdMethod::compact:
      return answer ? text_of<CompactionResponse>(request) : text_of<CompactionRequest>(request);
    case EtcdMethod::lease_grant:
      return answer ? text_of<LeaseGrantResponse>(request) : text_of<LeaseGrantRequest>(request);
    case EtcdMethod::lease_revoke:
      return answer ? text_of<LeaseRevokeResponse>(request) : text_of<LeaseRevokeRequest>(request);
    case EtcdMethod::lease_time_to_live:
      return answer ? text_of<LeaseTimeToLiveResponse>(request)
                    : text_of<LeaseTimeToLiveRequest>(request);
    default:
      return answer ? text_of<LeaseKeepAliveResponse>(request)
                    : text_of<LeaseKeepAliveRequest>(request);
  }
}

bool same_time_to_live(const Bytes& real, const Bytes& fake) {
  etcdserverpb::LeaseTimeToLiveResponse one;
  etcdserverpb::LeaseTimeToLiveResponse other;
  if (!one.ParseFromString(real) || !other.ParseFromString(fake)) return false;
  if (one.ttl() > other.ttl() || one.ttl() < other.ttl() - kLeasePlaySeconds) return false;
  one.set_ttl(other.ttl());
  std::ranges::sort(*one.mutable_keys());
  std::ranges::sort(*other.mutable_keys());
  return one.SerializeAsString() == other.SerializeAsString();
}

bool is_unusual(EtcdMethod method, const EtcdAnswer& answer) {
  if (answer.code != EtcdCode::ok) return true;
  etcdserverpb::TxnResponse response;
  return method == EtcdMethod::txn && response.ParseFromString(answer.body) &&
         !response.succeeded();
}

// A request as the fake gets it: it grants by the name that the server chose.
Bytes as_told(const EtcdOperation& operation, const EtcdAnswer& real) {
  etcdserverpb::LeaseGrantRequest request;
  etcdserverpb::LeaseGrantResponse response;
  if (operation.method != EtcdMethod::lease_grant || real.code != EtcdCode::ok ||
      !request.ParseFromString(operation.request) || request.id() != 0 ||
      !response.ParseFromString(real.body)) {
    return operation.request;
  }
  request.set_id(response.id());
  return request.SerializeAsString();
}

}  // namespace

bool is_same_answer(EtcdMethod method, const EtcdAnswer& real, const EtcdAnswer& fake) {
  if (real.code != fake.code || real.message != fake.message) return false;
  if (method == EtcdMethod::lease_time_to_live) return same_time_to_live(real.body, fake.body);
  return real.body == fake.body;
}

std::string text_of_answer(EtcdMethod method, const EtcdAnswer& answer) {
  if (answer.code == EtcdCode::ok) return text_of(method, answer.body, true);
  return std::to_string(static_cast<int>(answer.code)) + " " + answer.message;
}

std::string text_of_request(EtcdMethod method, const Bytes& request) {
  return text_of(method, request, false);
}

void EtcdComparison::know(const etcdserverpb::ResponseHeader& header) {
  view_.header = header;
  view_.header.clear_revision();
  view_.leader = header.member_id();
}

bool EtcdComparison::explain(const EtcdRound& round) {
  std::vector<std::size_t> order(round.operations.size());
  std::iota(order.begin(), order.end(), 0uz);
  do {
    if (explains(round, order)) {
      follow(round, order);
      return true;
    }
  } while (std::ranges::next_permutation(order).found);
  tell(round);
  return false;
}

EtcdAnswer EtcdComparison::ask(EtcdState& state, EtcdMethod method, const Bytes& request) {
  view_.applied = state.revision();
  return storage::fakes::answer(state, method, request, view_);
}

bool EtcdComparison::explains(const EtcdRound& round, const std::vector<std::size_t>& order) {
  EtcdState state = state_;
  return std::ranges::all_of(order, [&](std::size_t index) {
    const EtcdOperation& operation = round.operations[index];
    const EtcdAnswer& real = round.answers[index];
    return is_same_answer(operation.method, real,
                          ask(state, operation.method, as_told(operation, real)));
  });
}

void EtcdComparison::follow(const EtcdRound& round, const std::vector<std::size_t>& order) {
  for (const std::size_t index : order) {
    const EtcdOperation& operation = round.operations[index];
    const EtcdAnswer& real = round.answers[index];
    const EtcdState::Revision before = state_.revision();
    ask(state_, operation.method, as_told(operation, real));
    if (state_.revision() != before) {
      for (const mvccpb::Event& event : state_.changes_at(state_.revision())) {
        events_.push_back(event);
      }
    }
    const bool unusual = is_unusual(operation.method, real);
    unusual_ += unusual ? 1 : 0;
    std::string kind = operation.kind;
    if (real.code != EtcdCode::ok) kind += ", " + real.message;
    if (real.code == EtcdCode::ok && unusual) kind += ", compare failed";
    ++counts_[kind];
  }
}

void EtcdComparison::tell(const EtcdRound& round) {
  std::string text = "no order explains these four, at revision " +
                     std::to_string(state_.revision()) + ", compacted at " +
                     std::to_string(state_.compacted());
  for (std::size_t i = 0; i < round.operations.size(); ++i) {
    const EtcdOperation& operation = round.operations[i];
    EtcdState state = state_;
    const EtcdAnswer fake = ask(state, operation.method, as_told(operation, round.answers[i]));
    text += "\n" + operation.kind + " " + text_of_request(operation.method, operation.request) +
            "\n  real: " + text_of_answer(operation.method, round.answers[i]) +
            "\n  fake, were it the first: " + text_of_answer(operation.method, fake);
  }
  ADD_FAILURE() << text;
}

}  // namespace eyrie::test
