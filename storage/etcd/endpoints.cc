#include "storage/etcd/endpoints.h"

#include <algorithm>
#include <utility>

#include "storage/etcd/events.h"

namespace eyrie::storage {

EtcdEndpoints::EtcdEndpoints(Environment& environment, std::vector<std::unique_ptr<EtcdWire>> wires,
                             EtcdOptions options)
    : clock_(environment.clock),
      tracer_(environment.tracer),
      random_(environment.random.stream("etcd.endpoints")),
      options_(options),
      cluster_id_(options.cluster_id) {
  EYRIE_CHECK(!wires.empty(), "an etcd client needs an endpoint");
  for (std::unique_ptr<EtcdWire>& wire : wires) {
    members_.push_back({std::move(wire), clock_.monotonic(), 0});
  }
}

Task<Result<std::size_t>> EtcdEndpoints::choose(MonotonicTime deadline) {
  while (true) {
    const MonotonicTime now = clock_.monotonic();
    if (now >= deadline) co_return fail(Code::deadline_exceeded, "no etcd member to ask in time");
    MonotonicTime earliest = deadline;
    for (std::size_t step = 0; step < members_.size(); ++step) {
      const std::size_t index = (current_ + step) % members_.size();
      if (members_[index].ask_from <= now) {
        current_ = index;
        co_return index;
      }
      earliest = std::min(earliest, members_[index].ask_from);
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_until(earliest));
  }
}

Task<void> EtcdEndpoints::stop() {
  for (Member& member : members_) co_await member.wire->stop();
}

void EtcdEndpoints::succeeded(std::size_t index) {
  members_[index].failures = 0;
}

void EtcdEndpoints::failed(std::size_t index, const Status& why) {
  Member& member = members_[index];
  const MonotonicTime now = clock_.monotonic();
  if (now < member.ask_from) return;  // of several calls that failed together, one counts
  const Duration pause = back_off(member.failures);
  ++member.failures;
  member.ask_from = now + pause;  // (2)
  emit(tracer_, kEtcdMemberFailed, member.wire->endpoint(), to_ms(pause), why.to_string());
}

Duration EtcdEndpoints::back_off(int failures) {
  Duration pause = options_.back_off_min;
  for (int i = 0; i < failures && pause < options_.back_off_max; ++i) pause *= 2;
  pause = std::min(pause, options_.back_off_max);
  return Duration(random_.between(to_ns(pause) / 2, to_ns(pause)));
}

Status EtcdEndpoints::check_cluster(std::size_t index, const etcdserverpb::ResponseHeader& header) {
  if (cluster_id_ == 0) cluster_id_ = header.cluster_id();
  if (header.cluster_id() == cluster_id_) return {};
  const std::string& endpoint = members_[index].wire->endpoint();
  emit(tracer_, kEtcdForeignCluster, endpoint, header.cluster_id(), cluster_id_);
  return {Code::unavailable, endpoint + " belongs to etcd cluster " +
                                 std::to_string(header.cluster_id()) + ", not " +
                                 std::to_string(cluster_id_)};
}

Status EtcdEndpoints::check_revision(std::size_t index, const etcdserverpb::ResponseHeader& header,
                                     Revision seen_before) {
  if (header.revision() >= seen_before) return {};
  const std::string& endpoint = members_[index].wire->endpoint();
  emit(tracer_, kEtcdStaleAnswer, endpoint, header.revision(), seen_before);
  return {Code::unknown, endpoint + " answered at revision " + std::to_string(header.revision()) +
                             " after revision " + std::to_string(seen_before) + " was seen"};
}

void EtcdEndpoints::saw_revision(Revision revision) {
  revision_seen_ = std::max(revision_seen_, revision);
}

}  // namespace eyrie::storage
