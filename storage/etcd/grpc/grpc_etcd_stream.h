// GrpcEtcdStream: the EtcdStream over one of GrpcTransport's. Its calls may outlive it: they keep
// the stream below, which is closed, and end.
#pragma once

#include <memory>

#include "storage/etcd/grpc/transport.h"
#include "storage/etcd/wire.h"

namespace eyrie::storage {

class GrpcEtcdStream final : public EtcdStream {
 public:
  GrpcEtcdStream(std::shared_ptr<StreamRpc> rpc, GrpcEtcdOptions options);
  ~GrpcEtcdStream() override;

  Task<Status> send(Bytes message) override;
  Task<Result<EtcdAnswer>> receive() override;
  void close() override;

 private:
  struct Shared;
  static Task<Status> send_on(std::shared_ptr<Shared> shared, Bytes message);
  static Task<Result<EtcdAnswer>> receive_on(std::shared_ptr<Shared> shared);

  std::shared_ptr<Shared> shared_;
};

}  // namespace eyrie::storage
