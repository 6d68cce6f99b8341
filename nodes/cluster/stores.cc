#include "nodes/cluster/stores.h"

#include <utility>

namespace eyrie::cluster {

ClusterStores::ClusterStores(Environment& environment,
                             std::vector<std::unique_ptr<storage::EtcdWire>> etcd, HttpWire& http,
                             storage::S3Settings s3, storage::ZeroDiskOptions log)
    : meta_(environment, std::move(etcd), {}),
      objects_(environment.clock, environment.random.stream("s3"), environment.tracer, http,
               std::move(s3)),
      metered_meta_(environment, meta_),
      segments_(environment, objects_, "segments"),
      blocks_(environment, objects_, "log"),
      log_(environment, metered_meta_, blocks_, log),
      metered_log_(environment, log_) {}

Task<void> ClusterStores::stop() {
  co_await log_.stop();
  co_await meta_.stop();
}

}  // namespace eyrie::cluster
