// SimEtcdWire: the EtcdWire to a simulated member (etcd_server.h), over runtime/rpc.
#pragma once

#include <string>

#include "runtime/environment.h"
#include "runtime/rpc/channel.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage::fakes {

class SimEtcdWire final : public EtcdWire {
 public:
  // The environment outlives it. cluster_id: the cluster it expects there.
  SimEtcdWire(Environment& environment, Address address, std::uint64_t cluster_id);

  Task<Result<EtcdAnswer>> call(EtcdMethod method, Bytes request, MonotonicTime deadline) override;
  Task<Result<std::unique_ptr<EtcdStream>>> open(EtcdMethod method,
                                                 MonotonicTime deadline) override;
  Task<void> stop() override { return channel_.stop(); }
  const std::string& endpoint() const override { return endpoint_; }

 private:
  Environment& environment_;
  std::string endpoint_;
  rpc::RpcChannel channel_;
};

}  // namespace eyrie::storage::fakes
