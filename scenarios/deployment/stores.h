// Stores: a node's clients of the services, above the simulated wires.
#pragma once

#include "runtime/rpc/channel.h"
#include "scenarios/plan/topology.h"
#include "storage/etcd/etcd_meta_store.h"
#include "storage/fakes/s3_wire.h"
#include "storage/fakes/wal_client.h"
#include "storage/s3/object_store.h"

namespace eyrie::scenarios {

class Stores {
 public:
  Stores(Environment& environment, const Topology& topology);

  storage::MetaStore& meta() { return meta_; }
  storage::ObjectStore& objects() { return objects_; }
  storage::Wal& wal() { return wal_; }
  // After the node that uses them has ended.
  Task<void> stop();

 private:
  rpc::RpcChannel s3_channel_;
  rpc::RpcChannel wal_channel_;
  storage::fakes::SimHttpWire http_;
  storage::EtcdMetaStore meta_;
  storage::S3ObjectStore objects_;
  storage::fakes::WalServiceClient wal_;
};

}  // namespace eyrie::scenarios
