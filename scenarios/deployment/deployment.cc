#include "scenarios/deployment/deployment.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "scenarios/deployment/nodes.h"
#include "scenarios/deployment/standalone.h"

namespace eyrie::scenarios {

namespace {

constexpr sim::SimTime kRestartAfterExit = sim::kSecond;
// Between the request to stop and the end of one that has not.
constexpr sim::SimTime kStopPatience = sim::kSecond;

// Only rises.
std::uint64_t failures_of(const sim::DiskDevice& disk) {
  const sim::DiskFaults& faults = disk.faults;
  return faults.write_errors_taken + faults.read_errors_taken + faults.sync_errors_taken +
         faults.full_errors_taken + faults.power_cut_in;
}

}  // namespace

Deployment::Deployment(sim::World& world, Topology topology, Settings settings,
                       const index::Kernels& kernels, const UpgradePlan& upgrade)
    : world_(world), topology_(topology), settings_(std::move(settings)), releases_(upgrade) {
  world_.set_supervision(kRestartAfterExit);
  world_.set_may_end([this](const sim::Machine& machine, const Status& status) {
    return may_end(machine, status);
  });
  if (topology_.standalones == 0) add_services();
  add_nodes("standalone", topology_.standalones, kernels);
  add_nodes("coordinator", topology_.coordinators, kernels);
  add_nodes("streaming", topology_.streaming, kernels);
  add_nodes("query", topology_.query, kernels);
  add_nodes("data", topology_.data, kernels);
  add_nodes("proxy", topology_.proxies, kernels);
}

Deployment::~Deployment() {
  for (const auto& machine : world_.machines()) machine->end(sim::Ending::kill);
}

bool Deployment::may_end(const sim::Machine& machine, const Status& status) const {
  const auto before = disk_failures_.find(machine.name());
  if (before == disk_failures_.end()) return true;
  const Code code = status.code();
  if (code == Code::unsupported && format_of(releases_.running(machine.name())) < format())
    return true;
  const bool for_its_disk =
      code == Code::io_error || code == Code::disk_full || code == Code::unknown;
  const std::uint64_t now = failures_of(world_.find_machine(machine.name())->device());
  return topology_.standalones > 0 && for_its_disk && now > before->second;
}

std::int32_t Deployment::format() const {
  if (services_ == nullptr) return 0;
  etcdserverpb::RangeRequest request;
  request.set_key(std::string(catalog::kStoreKey));
  const storage::fakes::EtcdState& state = services_->etcd.state();
  const auto found = state.range(request, state.revision());
  if (!found || found->kvs().empty()) return 0;
  const auto record =
      catalog::decode_record<catalog::StoreRecord>(request.key(), found->kvs(0).value());
  return record ? record->format() : 0;
}

void Deployment::change_release(const UpgradeStep& step) {
  const std::vector<std::string> nodes = node_names(topology_);
  sim::Machine& machine = *world_.find_machine(nodes[step.machine % nodes.size()]);
  releases_.set(machine.name(), static_cast<Release>(step.release));
  world_.record_effect(&machine, "release", step.release, 0, "");
  if (!machine.running()) return;  // whoever starts it starts that
  if (step.action == UpgradeAction::kill_and_start) {
    world_.end(machine, sim::Ending::kill, step.down);
    return;
  }
  machine.request_stop();
  const std::uint64_t starts = machine.starts();
  world_.at(world_.now() + step.down + kStopPatience, "start " + machine.name(),
            [this, &machine, starts] {
              if (machine.starts() != starts) return;  // something else has ended and started it
              if (machine.running()) world_.end(machine, sim::Ending::kill);
              world_.start(machine);
            });
}

void Deployment::end_refused_releases() {
  for (const std::string& name : node_names(topology_)) {
    if (format_of(releases_.of(name)) < format()) releases_.set(name, kThisRelease);
  }
}

void Deployment::add_services() {
  services_ = std::make_unique<Services>(topology_.etcd, world_.random("services"));
  for (std::size_t member = 0; member < topology_.etcd; ++member) {
    add(machine_name("etcd", member + 1), [this, member](Environment& environment) {
      return make_etcd(environment, *services_, member);
    });
  }
  add("s3", [this](Environment& environment) { return make_s3(environment, *services_); });
  if (topology_.log == LogKind::zero_disk) return;
  add("wal", [this](Environment& environment) { return make_wal(environment, *services_); });
}

void Deployment::add(const std::string& name, sim::Boot boot) {
  sim::Machine& machine = world_.add_machine({.name = name});
  world_.start(machine, [this, &machine, boot = std::move(boot)](Environment& environment) {
    disk_failures_[machine.name()] = failures_of(machine.device());
    releases_.started(machine.name());
    return boot(environment);
  });
}

void Deployment::add_nodes(const std::string& role, std::size_t count,
                           const index::Kernels& kernels) {
  for (std::size_t number = 1; number <= count; ++number) {
    add(machine_name(role, number), [this, role, number, &kernels](Environment& environment) {
      return role == "standalone"
                 ? make_standalone(environment, topology_, settings_, kernels, number)
                 : make_node(environment, topology_, settings_, kernels, role, number,
                             releases_.of(machine_name(role, number)), releases_.made_by());
    });
  }
}

std::vector<Address> Deployment::entrances() const {
  const std::string role = topology_.standalones > 0 ? "standalone" : "proxy";
  std::vector<Address> addresses;
  for (std::string& name : machines(role)) addresses.push_back({std::move(name), kNodePort});
  return addresses;
}

faults::FaultContext Deployment::fault_context() {
  faults::FaultContext context{world_, nullptr, nullptr, nullptr, node_names(topology_), {}, {}};
  if (services_ == nullptr) return context;
  context.etcd = &services_->etcd;
  context.s3 = &services_->s3;
  if (topology_.log == LogKind::service) context.wal = &services_->wal;
  context.members = machines("etcd");
  context.leader_key = catalog::kLeaderKey;
  return context;
}

std::vector<std::string> Deployment::machines(const std::string& role) const {
  std::vector<std::string> names;
  for (const auto& machine : world_.machines()) {
    if (machine->name() == role || machine->name().starts_with(role + "-")) {
      names.push_back(machine->name());
    }
  }
  return names;
}

}  // namespace eyrie::scenarios
