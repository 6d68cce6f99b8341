// ClusterStores: what every node of a cluster keeps its state in, above wires that are handed in:
// etcd, an S3 bucket, and the log on both.
#pragma once

#include <memory>
#include <vector>

#include "runtime/environment.h"
#include "runtime/http.h"
#include "storage/etcd/etcd_meta_store.h"
#include "storage/metered/meta_store.h"
#include "storage/metered/object_store.h"
#include "storage/metered/wal.h"
#include "storage/s3/object_store.h"
#include "storage/zero_disk/zero_disk_log.h"

namespace eyrie::cluster {

class ClusterStores {
 public:
  // The environment and `http` outlive it; one wire for each member of etcd.
  ClusterStores(Environment& environment, std::vector<std::unique_ptr<storage::EtcdWire>> etcd,
                HttpWire& http, storage::S3Settings s3, storage::ZeroDiskOptions log);

  storage::MetaStore& meta() { return metered_meta_; }
  storage::ObjectStore& objects() { return segments_; }
  storage::Wal& log() { return metered_log_; }

  // After the node that uses them has ended, and before `http` is stopped. Needed before
  // destruction.
  Task<void> stop();

 private:
  storage::EtcdMetaStore meta_;
  storage::S3ObjectStore objects_;
  storage::MeteredMetaStore metered_meta_;
  storage::MeteredObjectStore segments_;
  storage::MeteredObjectStore blocks_;
  storage::ZeroDiskLog log_;
  storage::MeteredWal metered_log_;
};

}  // namespace eyrie::cluster
