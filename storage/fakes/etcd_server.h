// EtcdServer: one member of the simulated etcd cluster, a process on a machine.
//
// Speaks etcdserverpb over runtime/rpc (SimEtcdWire is the other end). A request waits for the log
// and for the member's own applying as in etcd; what goes wrong beyond that is in etcd_faults.h.
//
//   reads    linearizable ones wait until the member has applied all that was committed when they
//            came; serializable ones are answered from what it has applied
//   writes   need a leader in contact; without one they end with "request timed out, possibly due
//            to ..." after kEtcdRequestTimeout, or with "no leader" once the member knows none
//   watches  are fed from what this member has applied, so they lag with it
//   leases   are kept by the leader, which every member in contact asks
//
// Nothing of it is durable but the EtcdCluster, which outlives it.
#pragma once

#include <deque>
#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/server.h"
#include "runtime/sync.h"
#include "runtime/task_group.h"
#include "storage/fakes/etcd_cluster.h"
#include "storage/fakes/etcd_watch.h"

namespace eyrie::storage::fakes {

inline constexpr Duration kEtcdRequestTimeout = 7s;  // etcd's: 5 s and two election times
inline constexpr std::uint16_t kEtcdPort = 2379;

class EtcdServer final : private EtcdMember, private Timer {
 public:
  // `member` counts from 0. The environment and the cluster outlive it.
  EtcdServer(Environment& environment, EtcdCluster& cluster, std::size_t member);
  ~EtcdServer();

  Task<Status> start(Address address);
  Task<void> stop();

 private:
  // --- EtcdMember ---
  Clock& clock() override { return environment_.clock; }
  void changed() override;  // only arms the timer: it is called from other machines' steps
  // What was committed when the timer was armed is applied when it fires.
  void expired() override;

  Task<void> tick();
  void revoke_expired();
  void tell_change(const std::string& compared);

  Task<Result<Bytes>> serve(EtcdMethod method, Bytes request);
  Task<Result<EtcdAnswer>> answer(EtcdMethod method, Bytes request, Random draws);
  Task<Result<EtcdAnswer>> read(EtcdMethod method, Bytes request, Random draws);
  Task<Result<EtcdAnswer>> write(EtcdMethod method, Bytes request, Random draws);
  EtcdAnswer apply(EtcdMethod method, const Bytes& request);
  // The entry of a request that was given up: applied later, if the member can then.
  Task<void> apply_later(EtcdMethod method, Bytes request, Duration delay);
  // A drawn time of the log's round trip, longer if a fault takes it.
  Task<Status> take_time(Random draws);
  // False if that does not come about in kEtcdRequestTimeout.
  Task<Result<bool>> wait_for_contact();

  // --- etcd_streams.cc ---
  struct WatchState {
    std::string name;  // of its first request, for draws
    EtcdWatchSession session;
    std::deque<etcdserverpb::WatchRequest> requests;
    bool ended = false;
  };
  Task<Status> serve_watch(rpc::Stream& stream);
  Task<void> read_watch_requests(rpc::Stream& stream, WatchState& watch);
  Task<Status> feed_watch(rpc::Stream& stream, WatchState& watch);
  // What to say next; waits until there is something, or the stream must end.
  Task<Result<EtcdWatchSession::Responses>> next_responses(WatchState& watch);
  // Adds what changed; faults decide how it is cut.
  Task<Status> add_news(WatchState& watch, EtcdWatchSession::Responses& responses);
  EtcdWatchSession::View watch_view() const;
  Task<Status> serve_keep_alives(rpc::Stream& stream);
  Task<Status> end_stream(rpc::Stream& stream);

  Environment& environment_;
  EtcdCluster& cluster_;
  std::size_t member_;
  rpc::RpcServer server_;
  EtcdState::Revision applying_ = 0;  // what the armed timer will have applied
  Condition change_;  // what it has applied, whether it knows a leader, a watch's requests
  Condition ticked_;
  TaskGroup group_;
};

}  // namespace eyrie::storage::fakes
