// Stores: a node's clients of the services, above the simulated wires.
#pragma once

#include <memory>
#include <optional>

#include "runtime/rpc/channel.h"
#include "runtime/settings.h"
#include "scenarios/plan/topology.h"
#include "storage/etcd/etcd_meta_store.h"
#include "storage/fakes/s3_wire.h"
#include "storage/metered/meta_store.h"
#include "storage/metered/object_store.h"
#include "storage/metered/wal.h"
#include "storage/s3/object_store.h"
#include "storage/zero_disk/zero_disk_log.h"

namespace eyrie::scenarios {

class Stores {
 public:
  Stores(Environment& environment, const Topology& topology, const Settings& settings);

  ~Stores();

  storage::MetaStore& meta() { return metered_meta_; }
  storage::ObjectStore& objects() { return segments_; }
  storage::Wal& wal() { return *wal_; }
  // After the node that uses them has ended.
  Task<void> stop();

 private:
  struct LogService;

  rpc::RpcChannel s3_channel_;
  storage::fakes::SimHttpWire http_;
  storage::EtcdMetaStore meta_;
  storage::S3ObjectStore objects_;
  storage::MeteredMetaStore metered_meta_;
  storage::MeteredObjectStore segments_;
  storage::MeteredObjectStore blocks_;
  // One of the two, as the topology says.
  std::unique_ptr<LogService> log_service_;
  std::unique_ptr<storage::ZeroDiskLog> zero_disk_;
  std::optional<storage::MeteredWal> wal_;  // over that one
};

}  // namespace eyrie::scenarios
