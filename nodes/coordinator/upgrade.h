// Upgrade: raises the cluster's format to what this leader's release has, for good.
//
// One transaction compares the leadership (T3), the StoreRecord, and the key `registered`, which
// every registration of a node puts: so that no node was registered since the sessions were read,
// all of this release or newer. Whoever registers later compares the StoreRecord
// (nodes/membership/session.h). A node whose session has ended is not asked: it has to register
// anew, which is refused, before anybody asks it for anything.
#pragma once

#include "nodes/coordinator/leader_catalog.h"
#include "nodes/proto/coordinator.pb.h"
#include "runtime/release.h"

namespace eyrie::coordinator {

class Upgrade {
 public:
  // Borrows all but the release, which is this node's.
  Upgrade(Environment& environment, LeaderCatalog& catalog, Release release)
      : environment_(environment), catalog_(catalog), release_(release) {}

  // The format that the cluster has from now on; it may have had it before. failed_precondition,
  // naming them: nodes of an older release are registered. Unknown outcome: it may be raised later.
  Task<Result<internal::FinalizeResponse>> finalize();

 private:
  struct Seen;

  Task<Result<Seen>> look();
  Task<Result<bool>> raise(Seen seen);

  Environment& environment_;
  LeaderCatalog& catalog_;
  Release release_;
};

}  // namespace eyrie::coordinator
