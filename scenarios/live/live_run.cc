#include "scenarios/live/live_run.h"

#include <utility>

#include "nodes/settings/membership.h"
#include "nodes/settings/proxy.h"
#include "runtime/asio/asio_process.h"
#include "runtime/asio/log_tracer.h"
#include "runtime/combine.h"
#include "scenarios/clients/steps.h"
#include "scenarios/live/injector.h"

namespace eyrie::scenarios::live {

namespace {

constexpr Duration kPrepareTime = 60s;
constexpr Duration kProbeTime = 60s;
// Of those that ask for recovery; the first numbers are the last probes', one a proxy.
constexpr std::size_t kFirstRecoveryProbe = 3;

class RunTime final : public HistoryTime {
 public:
  explicit RunTime(const Clock& clock) : clock_(clock), begin_(clock.monotonic()) {}

  sim::SimTime now() const override { return to_ns(clock_.monotonic() - begin_); }
  MonotonicTime begin() const { return begin_; }

 private:
  const Clock& clock_;
  MonotonicTime begin_;
};

History empty_history(const Plan& plan) {
  History history;
  history.shards = plan.shards;
  history.index = plan.index;
  history.clients = plan.clients.size();
  const Result<Settings> settings = settings_of(plan.settings, "the plan");
  EYRIE_CHECK(settings.has_value(), "make_plan_of_live() lets no others in");
  history.bounded_staleness = settings->get(settings::kBoundedStaleness);
  return history;
}

ClusterSpec cluster_spec(const Plan& plan, const LiveSpec& spec) {
  return {.program = spec.program, .folder = spec.folder, .settings = plan.settings};
}

Duration lease_of(const Plan& plan) {
  const Result<Settings> settings = settings_of(plan.settings, "the plan");
  return settings ? settings->get(settings::kLease) : kLiveLease;
}

class LiveRun {
 public:
  LiveRun(const Plan& plan, const Words& words, const LiveSpec& spec, const Layout& layout,
          AsioMachine& machine, std::unique_ptr<CatalogView> catalog,
          std::unique_ptr<StoreView> store, LiveOutcome& outcome)
      : plan_(plan),
        words_(words),
        spec_(spec),
        environment_(machine.environment()),
        time_(machine.environment().clock),
        outcome_(outcome),
        servers_(machine, layout, spec.servers, spec.folder),
        cluster_(machine, layout, cluster_spec(plan, spec)),
        catalog_(std::move(catalog)),
        store_(std::move(store)),
        leadership_(environment_, *catalog_, layout),
        layout_(layout) {
    outcome_.history = empty_history(plan);
    outcome_.lease = lease_of(plan);
    for (const NodePlace* proxy : layout.of_role("proxy")) proxies_.push_back(proxy->inbound);
  }

  // Whatever happens, all processes are ended when it returns.
  Task<Status> run(Gate& stop) {
    Status status;
    TaskGroup work(co_await this_scope());
    TaskGroup beside(co_await this_scope());
    beside.spawn(stop_when_asked(stop, work));
    work.spawn(do_all(status));
    co_await work.join();
    beside.cancel();
    co_await beside.join();
    outcome_.interrupted = stop.is_open();
    spec_.say("ending the cluster");
    co_await stop_asking();
    co_await cluster_.stop();
    outcome_.ended_by_themselves = cluster_.ended_by_themselves();
    co_await servers_.stop();
    co_return outcome_.interrupted ? Status() : status;
  }

 private:
  ClientContext context() { return {plan_, words_, time_, outcome_.history, progress_}; }

  Task<void> stop_when_asked(Gate& stop, TaskGroup& work) {
    if (!(co_await stop.wait()).ok()) co_return;
    outcome_.interrupted = true;
    work.cancel();
  }

  Task<void> do_all(Status& status) {
    status = co_await begin();
    if (status.ok() && outcome_.never_began.empty()) co_await work();
  }

  // Errors are this machine's. A cluster that does not come to work is what the run has shown.
  Task<Status> begin() {
    spec_.say("starting etcd and an S3 store in " + spec_.folder);
    EYRIE_CO_RETURN_IF_ERROR(co_await servers_.start());
    spec_.say("starting " + std::to_string(layout_.nodes.size()) + " nodes");
    const Status started = co_await cluster_.start();
    if (started.code() == Code::unavailable || started.code() == Code::deadline_exceeded) {
      outcome_.never_began = started.message();
      co_return Status();
    }
    EYRIE_CO_RETURN_IF_ERROR(started);
    Steps prepare(environment_, context(), Steps::Kind::prepare, 0, "setup", proxies_.front());
    const Status prepared = co_await with_deadline(
        environment_.clock, environment_.clock.monotonic() + kPrepareTime, prepare.run());
    co_await prepare.stop();
    if (!prepared.ok()) {
      outcome_.never_began = "the collection was not made and loaded: " + describe_waits();
    }
    co_return Status();
  }

  Task<void> work() {
    progress_ = {};
    recovery_ = std::make_unique<Recovery>(environment_, context(), proxies_, kFirstRecoveryProbe);
    workload_ = std::make_unique<Workload>(environment_, context(), proxies_);
    Injector injector({.environment = environment_,
                       .time = time_,
                       .layout = layout_,
                       .cluster = cluster_,
                       .servers = servers_,
                       .catalog = *catalog_,
                       .leadership = leadership_,
                       .recovery = *recovery_,
                       .workload = *workload_,
                       .outcome = outcome_,
                       .say = spec_.say});
    const MonotonicTime begin = environment_.clock.monotonic();
    outcome_.began = Duration(time_.now());
    spec_.say("working");
    workload_->start();
    TaskGroup beside(co_await this_scope());
    beside.spawn(watch_resources(begin));
    std::vector<LiveFault> faults;
    if (!spec_.calm) faults = make_live_plan(plan_.seed, spec_.length, outcome_.lease);
    co_await injector.run(std::move(faults), begin, begin + spec_.length);
    const std::optional<MonotonicTime> healed = std::max(injector.last_healed(), begin);
    outcome_.answered_again = (co_await recovery_->measure(*healed, healed)).each;
    const Status worked = co_await environment_.clock.sleep_until(begin + spec_.length);
    beside.cancel();
    co_await beside.join();
    if (!worked.ok()) co_return;
    co_await note_resources(begin);
    co_await workload_->stop();
    outcome_.length = environment_.clock.monotonic() - begin;
    co_await probe();
  }

  Task<void> watch_resources(MonotonicTime begin) {
    do {
      co_await note_resources(begin);
    } while ((co_await environment_.clock.sleep_for(spec_.sample_interval)).ok());
  }

  // None while the store does not answer.
  Task<void> note_resources(MonotonicTime begin) {
    ResourceSample sample;
    sample.at = environment_.clock.monotonic() - begin;
    sample.nodes = cluster_.use();
    sample.calls = outcome_.history.operations.size();
    const Result<StoreUse> store = co_await store_->use();
    if (!store) co_return;
    sample.store = *store;
    outcome_.resources.push_back(std::move(sample));
  }

  // What run() in the simulated world asks of a cluster that is healed.
  Task<void> probe() {
    spec_.say("asking every proxy for everything");
    progress_ = {};
    const MonotonicTime begin = environment_.clock.monotonic();
    std::vector<Task<Status>> each;
    std::vector<std::unique_ptr<Steps>> probes;
    for (std::size_t i = 0; i < proxies_.size(); ++i) {
      probes.push_back(std::make_unique<Steps>(environment_, context(), Steps::Kind::probe, i + 1,
                                               machine_name("probe", i + 1), proxies_[i]));
      each.push_back(with_deadline(environment_.clock, begin + kProbeTime, probes.back()->run()));
    }
    bool answered = true;
    for (const Status& status : co_await all(std::move(each))) answered = answered && status.ok();
    if (answered) {
      outcome_.probed = environment_.clock.monotonic() - begin;
    } else {
      outcome_.waits = describe_waits();
    }
    for (const std::unique_ptr<Steps>& steps : probes) co_await steps->stop();
  }

  std::string describe_waits() const {
    std::string text;
    for (const auto& [machine, wait] : progress_.waits) {
      text += (text.empty() ? "" : "; ") + machine + " waits for " + wait.what;
      if (!wait.answer.empty()) text += " (last answer: " + wait.answer + ")";
    }
    return text;
  }

  Task<void> stop_asking() {
    if (workload_ != nullptr) co_await workload_->stop();
    if (recovery_ != nullptr) co_await recovery_->stop();
    co_await leadership_.stop();
    co_await catalog_->stop();
    co_await store_->stop();
  }

  const Plan& plan_;
  const Words& words_;
  const LiveSpec& spec_;
  Environment& environment_;
  RunTime time_;
  LiveOutcome& outcome_;
  Progress progress_;
  std::vector<Address> proxies_;
  Servers servers_;
  LiveCluster cluster_;
  std::unique_ptr<CatalogView> catalog_;
  std::unique_ptr<StoreView> store_;
  LeadershipWatch leadership_;
  const Layout& layout_;
  std::unique_ptr<Recovery> recovery_;
  std::unique_ptr<Workload> workload_;
};

Task<int> run_in(const Plan& plan, const Words& words, const LiveSpec& spec, const Layout& layout,
                 AsioMachine& machine, Gate& stop, LiveOutcome& outcome, Status& status) {
  Result<std::unique_ptr<CatalogView>> catalog = CatalogView::make(machine, layout);
  if (!catalog) {
    status = catalog.error();
    co_return 1;
  }
  Result<std::unique_ptr<StoreView>> store = StoreView::make(machine, layout);
  if (!store) {
    status = store.error();
    co_return 1;
  }
  LiveRun run(plan, words, spec, layout, machine, std::move(*catalog), std::move(*store), outcome);
  status = co_await run.run(stop);
  co_return 0;
}

}  // namespace

Result<LiveOutcome> run_live(const Plan& plan, const Words& words, const LiveSpec& spec) {
  EYRIE_TRY(const Layout layout, find_layout(plan.topology));
  EYRIE_TRY(const std::unique_ptr<LogTracer> tracer,
            LogTracer::open({.level = eyrie::Level::warning, .path = spec.folder + "/live.log"}));
  LiveOutcome outcome;
  Status status;
  AsioProcess process({.compute_threads = 1, .blocking_threads = 2}, *tracer);
  EYRIE_RETURN_IF_ERROR(
      process.add({.name = "live", .root = spec.folder}, [&](AsioMachine& machine, Gate& stop) {
        return run_in(plan, words, spec, layout, machine, stop, outcome, status);
      }));
  (void)process.run();
  if (!status.ok()) return fail(status);
  return outcome;
}

}  // namespace eyrie::scenarios::live
