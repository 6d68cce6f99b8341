#include "scenarios/run/run.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "nodes/settings/coordinator.h"
#include "nodes/settings/membership.h"
#include "nodes/settings/proxy.h"
#include "scenarios/deployment/deployment.h"
#include "scenarios/run/client_processes.h"
#include "scenarios/run/operator_process.h"

namespace eyrie::scenarios {

namespace {

constexpr sim::SimTime kSetupTime = 60 * sim::kSecond;
constexpr sim::SimTime kWorkTimePerCall =
    10 * sim::kSecond;  // at most, faults and timeouts included
// What is healed has so long: to miss who was lost, one after another (who leads, then whom it must
// do without), and to do the work itself.
constexpr std::int64_t kHealLeases = 4;
// As long as a load may take that a lost query node will never answer, and a silent data node's
// errand; to be asked of a cluster that looks for garbage as often as this.
constexpr sim::SimTime kRestWork = 150 * sim::kSecond;
constexpr sim::SimTime kCollectIntervalMax = 30 * sim::kSecond;
constexpr sim::SimTime kHealWork = 20 * sim::kSecond;

class Run {
 public:
  Run(const Plan& plan, const Words& words, const index::Kernels& kernels, sim::EventLog::Sink* log)
      : plan_(plan),
        words_(words),
        world_(plan.seed, options_of(plan, log)),
        deployment_(world_, plan.topology, settings_for(plan), kernels, plan.upgrade),
        entrances_(deployment_.entrances()),
        injector_(deployment_.fault_context()) {
    Services* const services = deployment_.services();
    observer_.look_into(services, log_of(services));
    world_.add_observer(observer_);
    outcome_.history.shards = plan.shards;
    outcome_.history.index = plan.index;
    outcome_.history.clients = plan.clients.size();
    outcome_.history.bounded_staleness = settings_for(plan).get(settings::kBoundedStaleness);
  }

  RunOutcome go() {
    if (prepare() && work()) finish();
    outcome_.trace_hash = world_.trace_hash();
    outcome_.events = world_.steps();
    outcome_.simulated = world_.now();
    outcome_.faults = injector_.counts();
    if (!healed_) end_work();
    outcome_.trace_events = observer_.events();
    judge();
    return std::move(outcome_);
  }

 private:
  static sim::WorldOptions options_of(const Plan& plan, sim::EventLog::Sink* log) {
    sim::WorldOptions options;
    options.executor = plan.executor;
    options.latency = plan.latency;
    options.wall_skew_max = plan.topology.wall_skew_max.count();
    options.log_sink = log;
    return options;
  }
  static Settings settings_for(const Plan& plan) {
    Result<Settings> settings = settings_of(plan.settings, "the plan");
    EYRIE_CHECK(settings.has_value(), "parse_scenario() and check_plan() let no others in");
    return *std::move(settings);
  }
  ClientContext context() { return {plan_, words_, time_, outcome_.history, progress_}; }

  std::unique_ptr<DurableLog> log_of(Services* services) {
    if (services == nullptr) return durable_log_of(standalone().device().image);
    if (plan_.topology.log == LogKind::service) return durable_log_of(services->wal);
    return durable_log_of(services->etcd.state(), services->s3.state);
  }
  sim::Machine& standalone() { return *world_.find_machine(machine_name("standalone", 1)); }

  void start(const std::string& name, sim::Boot boot) {
    world_.start(world_.add_machine({.name = name}), std::move(boot));
  }
  // Until so many clients are through; false, with the reason, if they are not in time.
  bool wait_for(std::size_t clients, sim::SimTime time, const std::string& what) {
    world_.run_until(world_.now() + time, [&] { return progress_.finished >= clients; });
    if (progress_.finished >= clients || !world_.mistakes().empty())
      return world_.mistakes().empty();
    outcome_.verdict = Verdict::no_progress;
    outcome_.reason = "P39: " + what + ": " + std::to_string(progress_.finished) + " of " +
                      std::to_string(clients) + " were through after " +
                      std::to_string(time / sim::kSecond) + " s";
    for (const auto& [machine, wait] : progress_.waits) {
      outcome_.reason += "; " + machine + " waits for " + wait.what;
      if (!wait.answer.empty()) outcome_.reason += " (last answer: " + wait.answer + ")";
    }
    return false;
  }

  bool prepare() {
    start("setup", [this](Environment& environment) {
      return std::make_unique<StepsProcess>(environment, context(), Steps::Kind::prepare, 0,
                                            "setup", entrances_.front());
    });
    return wait_for(1, kSetupTime, "the collection was not made and loaded");
  }

  bool work() {
    progress_ = {};
    const std::size_t clients = plan_.clients.size();
    for (std::size_t client = 0; client < clients; ++client) {
      std::vector<Address> proxies;
      for (std::size_t i = 0; i < entrances_.size(); ++i) {
        proxies.push_back(entrances_[(client + i) % entrances_.size()]);
      }
      start(machine_name("client", client + 1), [this, client, proxies](Environment& environment) {
        return std::make_unique<ClientProcess>(environment, context(), client, proxies);
      });
    }
    upgrade();
    std::vector<faults::Fault> faults = plan_.faults;
    for (faults::Fault& fault : faults) fault.at += world_.now();
    injector_.schedule(faults);
    std::size_t calls = 0;  // of the busiest client
    for (const std::vector<ClientOp>& ops : plan_.clients) calls = std::max(calls, ops.size());
    return wait_for(clients, kSetupTime + static_cast<sim::SimTime>(calls) * kWorkTimePerCall,
                    "the clients did not end");
  }

  void upgrade() {
    const std::vector<UpgradeStep>& steps = plan_.upgrade.steps;
    if (steps.empty()) return;
    start("operator", [this, &steps](Environment& environment) {
      return std::make_unique<OperatorProcess>(environment, steps, entrances_);
    });
    for (const UpgradeStep& step : steps) {
      if (step.action == UpgradeAction::finalize) continue;
      world_.at(world_.now() + step.at, "upgrade", [this, &step] {
        if (!healed_) deployment_.change_release(step);
      });
    }
  }

  // What the loss of machines makes happen says nothing of what the faults did: neither marks nor
  // premises count what comes later.
  void end_work() {
    outcome_.marks = observer_.marks();
    observed_in_work_ = observer_.observations().size();
  }

  void finish() {
    end_work();
    for (const std::string& name : plan_.lost) world_.lose(*world_.find_machine(name));
    healed_ = true;
    deployment_.end_refused_releases();
    injector_.heal();
    over_ = observer_.unended();
    progress_ = {};
    std::size_t probes = 0;
    for (std::size_t proxy = 1; proxy <= entrances_.size(); ++proxy) {
      const std::string& entrance = entrances_[proxy - 1].host;
      if (std::ranges::find(plan_.lost, entrance) != plan_.lost.end()) continue;
      const std::string name = machine_name("probe", proxy);
      start(name, [this, proxy, name](Environment& environment) {
        return std::make_unique<StepsProcess>(environment, context(), Steps::Kind::probe, proxy,
                                              name, entrances_[proxy - 1]);
      });
      ++probes;
    }
    if (wait_for(probes, heal_time(), "the healed cluster did not answer every proxy")) rest();
  }

  // P40: what there was at the healing, or is now, is over soon. What is begun later says nothing.
  void rest() {
    const sim::SimTime interval = settings_for(plan_).get(settings::kCollectInterval).count();
    if (interval > kCollectIntervalMax) return;
    over_.insert(observer_.unended().begin(), observer_.unended().end());
    ending_.checked = over_.size();
    std::vector<std::string> left;
    world_.run_until(world_.now() + kRestWork + 3 * interval, [&] {
      left.clear();
      std::ranges::set_intersection(over_, observer_.unended(), std::back_inserter(left));
      return left.empty();
    });
    for (const std::string& key : left) {
      ending_.violations.push_back(
          {"P40", "key '" + key + "' was there when the healed cluster answered, and still " +
                      std::to_string((kRestWork + 3 * interval) / sim::kSecond) + " s later"});
    }
  }

  sim::SimTime heal_time() const {
    const sim::SimTime lease = settings_for(plan_).get(settings::kLease).count();
    sim::SimTime busy = 0;  // with work that a slow processor began
    for (const auto& machine : world_.machines()) {
      busy = std::max(busy, machine->cores().all_free_at() - world_.now());
    }
    return kHealWork + kHealLeases * lease + busy;
  }

  std::vector<PropertyResult> judge_observations() {
    const std::span<const Observed> all = observer_.observations();
    std::vector<PropertyResult> results = check_observations(all);
    const std::vector<PropertyResult> in_work = check_observations(all.first(observed_in_work_));
    for (std::size_t i = 0; i < results.size(); ++i) results[i].checked = in_work[i].checked;
    return results;
  }

  void judge() {
    PropertyResult progress{"P39", std::string(find_property("P39")->premise), 0, {}};
    if (healed_) progress.checked = 1;
    if (outcome_.verdict == Verdict::no_progress) {
      progress.violations.push_back({"P39", outcome_.reason});
    }
    outcome_.properties = merge(check_history(outcome_.history, words_), judge_observations());
    outcome_.properties = merge(std::move(outcome_.properties), {std::move(progress), ending_});
    if (!world_.mistakes().empty()) {
      const sim::Mistake& first = world_.mistakes().front();
      outcome_.verdict = Verdict::crashed;
      outcome_.reason = first.machine + ": " + first.what;
      return;
    }
    for (const PropertyResult& property : outcome_.properties) {
      if (property.violations.empty() || property.id == "P39") continue;
      outcome_.verdict = Verdict::violated;
      outcome_.reason = property.id + ": " + property.violations.front().sentence;
      return;
    }
  }

  const Plan& plan_;
  const Words& words_;
  RunOutcome outcome_;
  Progress progress_;
  bool healed_ = false;
  std::set<std::string> over_;  // keys that are to end, once it is healed
  PropertyResult ending_{"P40", std::string(find_property("P40")->premise), 0, {}};
  std::size_t observed_in_work_ = 0;
  RunObserver observer_;  // ends after the world, whose end it sees
  sim::World world_;
  WorldTime time_{world_};
  Deployment deployment_;
  std::vector<Address> entrances_;
  faults::FaultInjector injector_;
};

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return "violated";
    case Verdict::no_progress:
      return "no progress";
    case Verdict::crashed:
      return "crashed";
  }
  return "crashed";
}

RunOutcome run(const Plan& plan, const Words& words, const index::Kernels& kernels,
               sim::EventLog::Sink* log) {
  return Run(plan, words, kernels, log).go();
}

}  // namespace eyrie::scenarios
