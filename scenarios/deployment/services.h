// The services that a cluster rests on, as processes on simulated machines. What they keep belongs
// to the world and outlives their crashes.
#pragma once

#include <memory>

#include "scenarios/plan/topology.h"
#include "sim/process.h"
#include "storage/fakes/etcd_cluster.h"
#include "storage/fakes/s3_server.h"
#include "storage/fakes/wal_server.h"

namespace eyrie::scenarios {

inline constexpr std::uint64_t kEtcdClusterId = 7;
inline constexpr char kBucket[] = "eyrie";

// What survives, and the switches of the services' faults.
struct Services {
  Services(std::size_t etcd_members, Random random);

  storage::fakes::EtcdCluster etcd;
  storage::fakes::S3Service s3;
  storage::fakes::WalService wal;
};

std::unique_ptr<sim::Process> make_etcd(Environment& environment, Services& services,
                                        std::size_t member);
std::unique_ptr<sim::Process> make_s3(Environment& environment, Services& services);
std::unique_ptr<sim::Process> make_wal(Environment& environment, Services& services);

}  // namespace eyrie::scenarios
