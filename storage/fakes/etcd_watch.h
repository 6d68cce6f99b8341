// EtcdWatchSession: the watchers of one Watch stream, as a pure state machine: requests in,
// responses out.
//
// As etcd does it: a watcher is told of whole revisions in order; the header of a batch names the
// member's revision, not the batch's; a batch may hold several revisions, and with `fragment` be
// cut anywhere into pieces that all say so but the last; a watcher whose next revision was
// compacted is cancelled with compact_revision. The answer to a progress request speaks of the
// member's revision even if watchers have not been told of it yet (etcd before 3.4.25).
// Not supported, as nothing of ours asks for it: filters, prev_kv.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "storage/fakes/etcd_state.h"

namespace eyrie::storage::fakes {

inline constexpr const char* kUnsupported = "the simulated etcd does not support this";

class EtcdWatchSession {
 public:
  using Revision = EtcdState::Revision;
  using Responses = std::vector<etcdserverpb::WatchResponse>;

  // The member as it is at the moment of a call.
  struct View {
    const EtcdState& state;
    Revision applied = 0;  // compacted() <= applied <= revision()
    etcdserverpb::ResponseHeader header;
  };
  struct Batching {
    int revisions_max = 1'000;  // with changes for the watcher, in one batch
    int fragment_events_max = 1'000;
  };

  void on_request(const etcdserverpb::WatchRequest& request, const View& view, Responses& out);
  // One batch for each watcher that is behind.
  void poll(const View& view, const Batching& batching, Responses& out);
  // Tells each watcher that asked for it and is not behind how far it is.
  void report_progress(const View& view, Responses& out) const;

  // Whether some watcher has not been told of all that its member has applied.
  bool is_behind(const View& view) const;

 private:
  struct Watcher {
    std::string key;
    std::string range_end;
    Revision next = 0;
    bool progress_notify = false;
    bool fragment = false;
  };
  using Events = std::vector<mvccpb::Event>;

  void create(const etcdserverpb::WatchCreateRequest& request, const View& view, Responses& out);
  // The watcher's changes from its next revision on, which moves.
  static Events take(Watcher& watcher, const View& view, int revisions_max);
  static void append(std::int64_t id, bool fragment, const View& view, Events events,
                     int fragment_events_max, Responses& out);

  std::map<std::int64_t, Watcher> watchers_;
  std::int64_t next_id_ = 0;
};

}  // namespace eyrie::storage::fakes
