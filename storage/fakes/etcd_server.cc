#include "storage/fakes/etcd_server.h"

#include <utility>

#include "runtime/combine.h"
#include "storage/fakes/etcd_frame.h"

namespace eyrie::storage::fakes {

namespace {

constexpr EtcdMethod kUnaryMethods[] = {
    EtcdMethod::range,        EtcdMethod::put,
    EtcdMethod::delete_range, EtcdMethod::txn,
    EtcdMethod::compact,      EtcdMethod::lease_grant,
    EtcdMethod::lease_revoke, EtcdMethod::lease_time_to_live,
    EtcdMethod::status,
};

// The log's round trip to a majority with its syncs, and an entry's way to the other members.
constexpr Duration kRoundTripMin = 300us;
constexpr Duration kRoundTripMax = 3ms;
constexpr Duration kReplicationMin = 100us;
constexpr Duration kReplicationMax = 2ms;
// `compared`: the create revisions that a transaction compared, as "key=revision " each. A lease
// that runs out compares none.
constexpr EventType<3> kCommitted{
    "fake_etcd.committed", Level::debug, {"member", "revision", "compared"}};

constexpr Duration kForever = 24h;  // longer than any caller waits

rpc::ServerOptions server_options(const EtcdCluster& cluster, std::size_t member) {
  rpc::ServerOptions options;
  options.self.cluster = "etcd-" + std::to_string(cluster.header(member).cluster_id());
  options.self.node = NodeId(static_cast<std::int64_t>(member) + 1);
  return options;
}

std::string compared_by(EtcdMethod method, const Bytes& request) {
  std::string text;
  etcdserverpb::TxnRequest transaction;
  if (method != EtcdMethod::txn || !transaction.ParseFromString(request)) return text;
  for (const etcdserverpb::Compare& compare : transaction.compare()) {
    if (compare.target() != etcdserverpb::Compare::CREATE) continue;
    text += compare.key() + "=" + std::to_string(compare.create_revision()) + " ";
  }
  return text;
}

Duration draw(Random& draws, Duration min, Duration max) {
  return Duration(draws.between(to_ns(min), to_ns(max)));
}

Task<Status> wait_for(Condition& condition) {
  co_return co_await condition.wait();
}

}  // namespace

EtcdServer::EtcdServer(Environment& environment, EtcdCluster& cluster, std::size_t member)
    : environment_(environment),
      cluster_(cluster),
      member_(member),
      server_(environment, server_options(cluster, member)),
      group_(environment.executor) {
  for (const EtcdMethod method : kUnaryMethods) {
    server_.handle(std::string(path_of(method)), [this, method](rpc::CallContext, Bytes request) {
      return serve(method, std::move(request));
    });
  }
  server_.handle_stream(
      std::string(path_of(EtcdMethod::watch)),
      [this](rpc::CallContext, Bytes, rpc::Stream& stream) { return serve_watch(stream); });
  server_.handle_stream(
      std::string(path_of(EtcdMethod::lease_keep_alive)),
      [this](rpc::CallContext, Bytes, rpc::Stream& stream) { return serve_keep_alives(stream); });
  cluster_.join(member_, *this);
}

EtcdServer::~EtcdServer() {
  cluster_.leave(member_);
}

Task<Status> EtcdServer::start(Address address) {
  EYRIE_CO_RETURN_IF_ERROR(co_await server_.start(std::move(address)));
  group_.spawn(tick());
  co_return Status();
}

Task<void> EtcdServer::stop() {
  group_.cancel();
  co_await server_.stop();
  co_await group_.join();
  disarm();
}

void EtcdServer::changed() {
  if (registration != nullptr) return;
  applying_ = cluster_.committed_for(member_);
  Random draws = cluster_.draws("replicate", std::to_string(member_));
  const Duration delay = draw(draws, kReplicationMin, kReplicationMax);
  EtcdFaults& faults = cluster_.faults();
  if (faults.apply_lag[member_] > Duration(0)) ++faults.lagged[member_];
  clock().arm(*this, clock().monotonic() + delay + faults.apply_lag[member_]);
}

void EtcdServer::expired() {
  cluster_.apply(member_, applying_);
  change_.notify_all();
  if (cluster_.applied(member_) < cluster_.committed_for(member_)) changed();
}

Task<void> EtcdServer::tick() {
  while (true) {
    const Status slept = co_await clock().sleep_for(kEtcdTick);
    if (!slept.ok()) co_return;
    const bool knew = cluster_.knows_leader(member_);
    cluster_.tick(member_);
    revoke_expired();
    ticked_.notify_all();
    if (knew != cluster_.knows_leader(member_)) change_.notify_all();
  }
}

void EtcdServer::revoke_expired() {
  if (cluster_.leader() != static_cast<int>(member_) || !cluster_.in_contact(member_)) return;
  for (const std::int64_t lease : cluster_.state().expired(clock().monotonic())) {
    const EtcdState::Revision before = cluster_.state().revision();
    (void)cluster_.state().revoke(lease);  // it is there: expired() named it
    if (cluster_.state().revision() != before) tell_change("");
    cluster_.committed(member_);
  }
}

Task<Result<Bytes>> EtcdServer::serve(EtcdMethod method, Bytes request) {
  const Random draws = cluster_.draws(path_of(method), request);
  EYRIE_CO_TRY(const EtcdAnswer answered, co_await answer(method, std::move(request), draws));
  co_return encode_answer(answered);
}

Task<Result<EtcdAnswer>> EtcdServer::answer(EtcdMethod method, Bytes request, Random draws) {
  EYRIE_CO_RETURN_IF_ERROR(co_await take_time(draws));
  if (is_serializable(method, request)) co_return apply(method, request);
  if (!cluster_.knows_leader(member_)) {
    cluster_.faults().feel_cut_off(member_);
    co_return refuse(kNoLeader);
  }
  if (is_write(method)) co_return co_await write(method, std::move(request), draws);
  co_return co_await read(method, std::move(request), draws);
}

Task<Status> EtcdServer::take_time(Random draws) {
  Random time = draws.stream("time");
  Duration duration = draw(time, kRoundTripMin, kRoundTripMax);
  if (cluster_.faults().take(EtcdFault::slow_request, draws)) {
    duration += cluster_.faults().draw_stall(time);
  }
  co_return co_await clock().sleep_for(duration);
}

Task<Result<bool>> EtcdServer::wait_for_contact() {
  const MonotonicTime until = clock().monotonic() + kEtcdRequestTimeout;
  if (!cluster_.in_contact(member_)) cluster_.faults().feel_cut_off(member_);
  while (!cluster_.in_contact(member_)) {
    Status waited = co_await with_deadline(clock(), until, wait_for(ticked_));
    if (waited.code() == Code::deadline_exceeded) co_return false;
    if (!waited.ok()) co_return fail(std::move(waited));
  }
  co_return true;
}

Task<Result<EtcdAnswer>> EtcdServer::read(EtcdMethod method, Bytes request, Random draws) {
  if (cluster_.faults().take(EtcdFault::read_leader_changed, draws)) {
    co_return refuse(kLeaderChanged);
  }
  const std::uint64_t term = cluster_.term();
  EYRIE_CO_TRY(const bool contact, co_await wait_for_contact());
  if (!contact) co_return refuse(kTimedOut);
  if (cluster_.term() != term) co_return refuse(kLeaderChanged);
  const EtcdState::Revision index = cluster_.state().revision();
  while (cluster_.applied(member_) < index) {
    EYRIE_CO_RETURN_IF_ERROR(co_await change_.wait());
  }
  co_return apply(method, request);
}

Task<Result<EtcdAnswer>> EtcdServer::write(EtcdMethod method, Bytes request, Random draws) {
  EtcdFaults& faults = cluster_.faults();
  Random time = draws.stream("outcome");
  if (faults.take(EtcdFault::too_many_requests, draws)) co_return refuse(kTooManyRequests);
  if (faults.out_of_space && needs_space(method, request)) co_return refuse(kNoSpace);
  EYRIE_CO_TRY(const bool contact, co_await wait_for_contact());
  if (!contact) {
    co_return refuse(faults.cut_off[member_] ? kTimedOutConnectionLost : kTimedOutLeaderFailed);
  }
  if (faults.take(EtcdFault::lost_with_leader, draws)) {
    EYRIE_CO_RETURN_IF_ERROR(co_await clock().sleep_for(faults.draw_stall(time)));
    co_return refuse(kTimedOutLeaderFailed);
  }
  if (faults.take(EtcdFault::applied_after_timeout, draws)) {
    group_.spawn(apply_later(method, std::move(request), faults.draw_stall(time)));
    EYRIE_CO_RETURN_IF_ERROR(co_await clock().sleep_for(faults.draw_stall(time)));
    co_return refuse(kTimedOut);
  }
  EtcdAnswer applied = apply(method, request);
  const bool hang = faults.take(EtcdFault::answer_lost, draws);
  // A crash in this time leaves a request applied and unanswered.
  const Duration until_answer = hang ? kForever : draw(time, kReplicationMin, kReplicationMax);
  EYRIE_CO_RETURN_IF_ERROR(co_await clock().sleep_for(until_answer));
  co_return applied;
}

Task<void> EtcdServer::apply_later(EtcdMethod method, Bytes request, Duration delay) {
  const Status slept = co_await clock().sleep_for(delay);
  if (slept.ok() && cluster_.in_contact(member_)) apply(method, request);
}

EtcdAnswer EtcdServer::apply(EtcdMethod method, const Bytes& request) {
  EtcdMemberView view = cluster_.view(member_);
  const EtcdState::Revision before = cluster_.state().revision();
  EtcdAnswer answered = fakes::answer(cluster_.state(), method, request, view);
  if (cluster_.state().revision() != before) tell_change(compared_by(method, request));
  if (is_write(method)) cluster_.committed(member_);
  return answered;
}

void EtcdServer::tell_change(const std::string& compared) {
  emit(environment_.tracer, kCommitted, member_, cluster_.state().revision(), compared);
}

}  // namespace eyrie::storage::fakes
