// EtcdWatch: a MetaWatch over one stream at a time, resumed on another when it breaks.
//
// Pulled: it works only inside next(), so a slow user holds the stream back and nothing piles up
// here. State: next_revision_, below which the user has seen everything.
//
// Invariants
//   (1) The user sees the changes of a revision together. A batch is handed over when its last
//       fragment has come; fragments of a broken stream are thrown away with it.
//   (2) A batch moves next_revision_ past its last event and no further: its header may name a
//       later revision whose events are still to come.
//   (3) Changes below next_revision_ were seen, and are dropped.
//   (4) Periodic progress for this watch moves next_revision_, since it follows the events it
//       speaks of. The answer to a progress request does not: etcd before 3.4.25 and 3.5.8 sends it
//       ahead of events (etcd-io/etcd#15220). It is a sign of life.
//   (5) A stream is opened one revision early, and that revision dropped by (3): etcd 3.4 forgets
//       the removals made at the compacted revision itself and yet lets a watch begin there
//       (measured on 3.4.23). Begun one earlier, such a watch is told that it was compacted.
#pragma once

#include <memory>
#include <vector>

#include "runtime/environment.h"
#include "storage/etcd/endpoints.h"
#include "storage/etcd/open_calls.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

class EtcdWatch final : public MetaWatch {
 public:
  // What it is given outlives it. from > 0.
  EtcdWatch(Environment& environment, EtcdEndpoints& endpoints, OpenCalls& calls,
            EtcdOptions options, KeyRange range, Revision from);

  Task<Result<MetaEvents>> next() override;

 private:
  // What one message of the stream amounts to.
  enum class Step : std::uint8_t { go_on, deliver, compacted };

  Task<Result<MetaEvents>> pull();
  Task<Result<Step>> advance();
  Task<Status> open();
  Bytes create_request() const;
  // The next message; silence is met with a progress request, then ends the stream.
  Task<Result<EtcdAnswer>> receive();
  Task<Status> ask_for_progress();
  Result<Step> accept(const EtcdAnswer& message);
  Result<Step> accept_events(const etcdserverpb::WatchResponse& response);
  MetaEvents take_batch();
  void drop_stream(const Status& why);

  Clock& clock_;
  Tracer& tracer_;
  EtcdEndpoints& endpoints_;
  OpenCalls& calls_;
  EtcdOptions options_;
  KeyRange range_;
  Revision next_revision_;
  Revision compacted_revision_ = 0;  // not 0: this watch can never go on

  std::size_t member_ = 0;
  std::unique_ptr<EtcdStream> stream_;
  bool created_ = false;
  std::int64_t watch_id_ = 0;
  std::vector<MetaEvent> batch_;
  bool inside_batch_ = false;  // its last message was a fragment
  Duration silent_{0};         // waited for, since the last message
  bool asked_for_progress_ = false;
};

}  // namespace eyrie::storage
