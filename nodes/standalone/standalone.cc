#include "nodes/standalone/standalone.h"

#include <optional>
#include <set>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/store_record.h"
#include "nodes/coordinator/coordinator.h"
#include "nodes/data/data_node.h"
#include "nodes/proxy/proxy.h"
#include "nodes/query/query_node.h"
#include "nodes/standalone/events.h"

namespace eyrie::standalone {

namespace {

constexpr char kLocalHost[] = "local";

// Node ids are unique over all roles, and stay the same over restarts.
constexpr std::int64_t kCoordinatorNode = 1;
constexpr std::int64_t kProxyNode = 2;
constexpr std::int64_t kStreamingNode = 3;
constexpr std::int64_t kQueryNode = 4;
constexpr std::int64_t kDataNode = 5;

membership::NodeIdentity identity_of(std::string role, std::int64_t node) {
  return {kCluster, std::move(role), NodeId(node),
          Address{kLocalHost, static_cast<std::uint16_t>(node)}};
}

}  // namespace

StandaloneOptions::StandaloneOptions() {
  coordinator.identity = identity_of("coordinator", kCoordinatorNode);
  proxy.identity = identity_of("proxy", kProxyNode);
  streaming.identity = identity_of("streaming", kStreamingNode);
  query.identity = identity_of("query", kQueryNode);
  data.identity = identity_of("data", kDataNode);
}

void StandaloneOptions::act_as(Release release) {
  for (membership::NodeOptions* const role : std::initializer_list<membership::NodeOptions*>{
           &coordinator, &proxy, &streaming, &query, &data}) {
    role->identity.release = release;
  }
}

void apply(const Settings& settings, StandaloneOptions& options) {
  apply(settings, options.coordinator);
  apply(settings, options.proxy);
  apply(settings, options.streaming);
  apply(settings, options.query);
  apply(settings, options.data);
}

// A role with the environment that it sees.
struct Standalone::Role {
  Role(std::string role_name, Environment& whole, Network& network)
      : name(std::move(role_name)),
        environment{whole.executor, whole.clock,  whole.random.stream(name), network, whole.disk,
                    whole.tracer,   whole.metrics},
        tasks(whole.executor) {}

  std::string name;
  Environment environment;
  std::shared_ptr<void> node;
  std::function<Task<Status>()> run;
  std::function<void()> request_stop;
  std::function<Task<Status>(MonotonicTime)> ready;
  TaskGroup tasks;
  std::optional<Status> ended;
};

template <class Node, class... Stores>
void Standalone::add(std::string name, auto options, Stores&... stores) {
  auto role = std::make_unique<Role>(std::move(name), environment_, network_);
  auto node = std::make_shared<Node>(role->environment, stores..., std::move(options));
  role->run = [node = node.get()] { return node->run(); };
  role->ready = [node = node.get()](MonotonicTime deadline) { return node->ready(deadline); };
  role->request_stop = [node = node.get()] { node->request_stop(); };
  role->node = std::move(node);
  roles_.push_back(std::move(role));
}

Standalone::Standalone(Environment& environment, storage::MetaStore& meta,
                       storage::ObjectStore& objects, storage::Wal& wal,
                       const index::Kernels& kernels, StandaloneOptions options)
    : environment_(environment),
      meta_(meta),
      options_(std::move(options)),
      network_(kLocalHost, environment.network) {
  options_.proxy.identity.address = options_.listen;
  add<proxy::Proxy>("proxy", options_.proxy, meta);
  add<streaming::StreamingNode>("streaming", options_.streaming, meta, wal, objects, kernels);
  add<query::QueryNode>("query", options_.query, meta, objects, kernels);
  add<data::DataNode>("data", options_.data, meta, objects, kernels);
  add<coordinator::Coordinator>("coordinator", options_.coordinator, meta, objects);
}

Standalone::~Standalone() = default;

Task<Status> Standalone::end_earlier_leases() {
  std::set<storage::LeaseId> leases;
  for (const std::string_view prefix : {catalog::kSessionPrefix, catalog::kLeaderKey}) {
    EYRIE_CO_TRY(const storage::RangeResult held,
                 co_await meta_.range(storage::with_prefix(std::string(prefix)), 0, 0));
    for (const storage::KeyValue& item : held.items) leases.insert(item.lease);
  }
  leases.erase(storage::LeaseId());
  for (const storage::LeaseId lease : leases) {
    const Status revoked = co_await meta_.revoke_lease(lease);
    if (!revoked.ok() && revoked.code() != Code::not_found) co_return revoked;
  }
  co_return Status();
}

// A store that was made by the first release has no record of its format yet.
Task<Status> Standalone::claim_store() {
  EYRIE_CO_TRY(
      const storage::RangeResult window,
      co_await meta_.range(storage::single_key(std::string(catalog::kTimestampWindowKey)), 0, 1));
  catalog::StoreRecord fresh;
  fresh.set_format(window.items.empty() ? format_of(options_.release()) : kOldestFormat);
  fresh.set_cluster(kCluster);
  co_return status_of(co_await catalog::claim_meta_store(meta_, fresh, options_.release()));
}

Task<void> Standalone::run_role(Role& role) {
  role.ended = co_await role.run();
  emit(environment_.tracer, kRoleEnded, role.name, role.ended->to_string());
  stopping_.open();  // none of them can do without the others
}

Task<Status> Standalone::ready(MonotonicTime deadline) {
  if (stopping_.is_open()) co_return Status(Code::unavailable, "it is asked to stop");
  if (!was_ready_) co_return Status(Code::unavailable, "it is still starting");
  for (const std::unique_ptr<Role>& role : roles_) {
    const Status ready = co_await role->ready(deadline);
    if (!ready.ok()) co_return Status(ready).annotate(role->name);
  }
  co_return Status();
}

namespace {

bool is_vague(const Status& status) {
  return status.code() == Code::unavailable || status.code() == Code::unknown;
}

}  // namespace

Task<Status> Standalone::run() {
  if (const Status ended = co_await end_earlier_leases(); !ended.ok()) {
    // The store is in this process: when it does not answer, or not clearly, its disk has failed.
    co_return Status(is_vague(ended) ? Code::io_error : ended.code(),
                     "the sessions of the run before could not be ended: " + ended.message());
  }
  if (const Status claimed = co_await claim_store(); !claimed.ok()) {
    co_return is_vague(claimed) ? Status(Code::io_error, claimed.message()) : claimed;
  }
  for (const std::unique_ptr<Role>& role : roles_) role->tasks.spawn(run_role(*role));
  (void)co_await stopping_.wait();  // cancelled: likewise
  Status failure;
  for (const std::unique_ptr<Role>& role : roles_) {
    if (failure.ok() && role->ended) failure = *role->ended;
  }
  for (const std::unique_ptr<Role>& role : roles_) {
    role->request_stop();
    co_await role->tasks.join();
  }
  co_return failure;
}

}  // namespace eyrie::standalone
