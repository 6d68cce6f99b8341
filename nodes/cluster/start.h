// Start: what a process of a cluster does before its node begins: it looks whether etcd and the
// bucket are there, are this cluster's and of a format that it reads, whether anybody else has its
// address, and gets its node's id.
//
// Two nodes at one address would disturb each other: requests for one reach the other. What is sent
// between nodes names the incarnation that it is meant for, so nothing is applied by the wrong one
// (it answers fenced); but the shards of the first would be out of reach. So the second does not
// begin while a session of another id names its address and somebody listens there. A session
// whose process was killed stays until its lease ends; nobody listens, and it is not waited for.
// Two that start at the same moment may both miss each other; then the fence is what is left.
//
// The bucket and etcd are marked as a pair: who empties one of them alone would have object names
// used twice (S6).
#pragma once

#include <functional>
#include <string>

#include "nodes/catalog/store_record.h"
#include "nodes/cluster/options.h"
#include "runtime/environment.h"
#include "storage/seam/meta_store.h"
#include "storage/seam/object_store.h"

namespace eyrie::cluster {

class Start {
 public:
  // Told what it waits for, once for each change of the reason.
  using Say = std::function<void(const std::string& reason)>;

  // Borrows the first four.
  Start(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
        const ClusterOptions& options, Release release, Say say);

  // The node's id. Waits where waiting can help. An error is a sentence that names the setting; of
  // code cancelled: the scope was.
  Task<Result<NodeId>> run();

 private:
  Task<Result<NodeId>> attempt();
  Task<Result<catalog::StoreRecord>> claim_meta();
  Task<Status> claim_objects(catalog::StoreRecord claimed);
  Task<Result<bool>> mark_objects(const catalog::StoreRecord& claimed);
  Task<Status> find_address_free();
  Task<bool> somebody_listens();
  Status of_etcd(const Status& status) const;
  Status of_objects(const Status& status) const;
  std::string bucket() const;

  Environment& environment_;
  storage::MetaStore& meta_;
  storage::ObjectStore& objects_;
  const ClusterOptions& options_;
  Release release_;
  Say say_;
  Random random_;
};

}  // namespace eyrie::cluster
