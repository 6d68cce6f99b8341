#include "scenarios/deployment/nodes.h"

#include <algorithm>
#include <utility>

#include "nodes/catalog/store_record.h"
#include "nodes/cluster/node.h"
#include "nodes/membership/events.h"
#include "runtime/check.h"
#include "runtime/combine.h"
#include "scenarios/deployment/settings.h"
#include "scenarios/deployment/stores.h"

namespace eyrie::scenarios {

namespace {

constexpr Duration kClaimTimeout = 2s;
constexpr Duration kClaimAgainAfter = 200ms;

// Node ids are unique over all roles: role * 100 + number.
membership::NodeIdentity identity_of(const std::string& role, std::size_t number, Release release) {
  const auto* const found = std::ranges::find(cluster::kRoles, role);
  EYRIE_CHECK(found != cluster::kRoles.end(), "no role is named '" + role + "'");
  const auto hundreds = found - cluster::kRoles.begin() + 1;
  return {kCluster, role, NodeId(hundreds * 100 + static_cast<std::int64_t>(number)),
          Address{machine_name(role, number), kNodePort}, release};
}

// A node with the stores that it borrows.
class NodeProcess : public sim::Process {
 public:
  NodeProcess(Environment& environment, const Topology& topology, const Settings& settings,
              const index::Kernels& kernels, const membership::NodeIdentity& identity,
              Release made_by)
      : environment_(environment),
        node_id_(identity.node),
        release_(identity.release),
        made_by_(made_by),
        stores_(environment, topology, settings),
        node_(cluster::make_node({.environment = environment,
                                  .meta = stores_.meta(),
                                  .objects = stores_.objects(),
                                  .log = stores_.wal(),
                                  .kernels = kernels,
                                  .identity = identity,
                                  .listen = identity.address,
                                  .channels = channel_names(topology)},
                                 settings)) {}

  Task<Status> run() override {
    Status ended = co_await claim();
    if (ended.ok()) ended = co_await node_->run();
    co_await stores_.stop();
    co_return ended;
  }
  void request_stop() override {
    stopping_ = true;
    node_->request_stop();
  }

 private:
  // As a process does at its start (nodes/cluster/start.h), but for what the world decides: its
  // address and its id.
  Task<Status> claim() {
    catalog::StoreRecord fresh;
    fresh.set_format(format_of(made_by_));
    fresh.set_cluster(kCluster);
    while (!stopping_) {
      const Status claimed = status_of(
          co_await with_deadline(environment_.clock, environment_.clock.monotonic() + kClaimTimeout,
                                 catalog::claim_meta_store(stores_.meta(), fresh, release_)));
      if (claimed.code() == Code::unsupported) {
        emit(environment_.tracer, membership::kReleaseRefused, node_id_, claimed.to_string());
      }
      if (claimed.ok() || claimed.code() == Code::unsupported) co_return claimed;
      EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(kClaimAgainAfter));
    }
    co_return Status();
  }

  Environment& environment_;
  NodeId node_id_;
  Release release_;
  Release made_by_;
  bool stopping_ = false;
  Stores stores_;
  std::unique_ptr<cluster::Node> node_;
};

}  // namespace

std::unique_ptr<sim::Process> make_node(Environment& environment, const Topology& topology,
                                        const Settings& settings, const index::Kernels& kernels,
                                        const std::string& role, std::size_t number,
                                        Release release, Release made_by) {
  return std::make_unique<NodeProcess>(environment, topology, settings, kernels,
                                       identity_of(role, number, release), made_by);
}

}  // namespace eyrie::scenarios
