// Endpoints: which member of the cluster is asked next, and whether what it says can be believed.
//
// Invariants
//   (1) Calls go to one member until it fails; then to the next that is not being left alone.
//   (2) A member that failed is left alone for a time that doubles with each failure in a row.
//   (3) Answers come from one cluster: the configured one, or the first that answered.
//   (4) The revision of a linearizable answer is at least every revision seen before the request
//       was sent; an answer below it comes from a member that fell behind or was restored from a
//       backup, and is not believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/environment.h"
#include "storage/etcd/options.h"
#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "storage/etcd/wire.h"
#include "storage/seam/meta_store.h"

namespace eyrie::storage {

class EtcdEndpoints {
 public:
  // At least one wire. The environment and the wires' machinery outlive this.
  EtcdEndpoints(Environment& environment, std::vector<std::unique_ptr<EtcdWire>> wires,
                EtcdOptions options);

  // Waits until some member may be asked, at most until the deadline (deadline_exceeded).
  Task<Result<std::size_t>> choose(MonotonicTime deadline);
  EtcdWire& wire(std::size_t index) { return *members_[index].wire; }
  // After the last call and stream.
  Task<void> stop();

  void succeeded(std::size_t index);
  // `why` is for people.
  void failed(std::size_t index, const Status& why);

  // (3): unavailable if the answer is of another cluster.
  Status check_cluster(std::size_t index, const etcdserverpb::ResponseHeader& header);
  // (4): unknown if the answer's revision is below what was seen before the request.
  Status check_revision(std::size_t index, const etcdserverpb::ResponseHeader& header,
                        Revision seen_before);
  Revision revision_seen() const { return revision_seen_; }
  void saw_revision(Revision revision);

 private:
  struct Member {
    std::unique_ptr<EtcdWire> wire;
    MonotonicTime ask_from;
    int failures = 0;  // in a row
  };

  Duration back_off(int failures);

  Clock& clock_;
  Tracer& tracer_;
  Random random_;
  EtcdOptions options_;
  std::vector<Member> members_;
  std::size_t current_ = 0;
  std::uint64_t cluster_id_;
  Revision revision_seen_ = 0;
};

}  // namespace eyrie::storage
