#include "storage/etcd/etcd_meta_store.h"
#include "tests/faults/fault_world.h"
#include "tests/support/sim_etcd.h"

namespace eyrie::faults {
namespace {

using storage::EtcdMetaStore;
using storage::fakes::EtcdFault;
using test::SimEtcd;

constexpr const char* kLeaderKey = "leader";

// The first node of the world leads, as etcd has it, and keeps etcd busy in every way.
struct EtcdWorld : FaultWorld {
  explicit EtcdWorld(sim::WorldOptions options = {}) : FaultWorld(options), etcd(test_world(), 3) {}

  FaultContext etcd_context() {
    FaultContext all = context();
    all.etcd = &etcd.cluster();
    all.members = {"etcd-0", "etcd-1", "etcd-2"};
    all.leader_key = kLeaderKey;
    return all;
  }
  void start_client() {
    world().start(node(0), [this](Environment& environment) {
      auto process = std::make_unique<test::IdleProcess>(environment);
      process->group().spawn(use(environment));
      return process;
    });
  }

  SimEtcd etcd;
  std::string leader = "node-0:7";
  std::uint64_t writes = 0;

 private:
  Task<void> use(Environment& environment) {
    EtcdMetaStore store(environment, etcd.wires(environment), {.cluster_id = SimEtcd::kClusterId});
    TaskGroup group(co_await this_scope());
    group.spawn(write(environment, store, kLeaderKey));
    group.spawn(write(environment, store, "other"));
    group.spawn(keep_alive(environment, store));
    group.spawn(watch(environment, store));
    group.spawn(read(environment, store));
    co_await group.join();
    co_await store.stop();
  }
  Task<void> write(Environment& environment, EtcdMetaStore& store, std::string key) {
    while ((co_await environment.clock.sleep_for(10ms)).ok()) {
      storage::Transaction transaction;
      transaction.then.push_back(storage::put_key(key, leader));
      if (co_await store.commit(std::move(transaction))) ++writes;
    }
  }
  Task<void> read(Environment& environment, EtcdMetaStore& store) {
    while ((co_await environment.clock.sleep_for(10ms)).ok()) {
      (void)co_await store.range(storage::single_key("other"), 0, 0);
    }
  }
  Task<void> keep_alive(Environment& environment, EtcdMetaStore& store) {
    storage::LeaseId lease;
    while ((co_await environment.clock.sleep_for(50ms)).ok()) {
      if (!lease.valid()) {
        const auto granted = co_await store.grant_lease(3s);
        if (granted) lease = *granted;
      } else if (!co_await store.keep_lease_alive(lease)) {
        lease = {};
      }
    }
  }
  Task<void> watch(Environment& environment, EtcdMetaStore& store) {
    while ((co_await environment.clock.sleep_for(50ms)).ok()) {
      const auto now = co_await store.range(storage::single_key("other"), 0, 0);
      if (!now) continue;
      auto opened = co_await store.watch(storage::with_prefix("other"), now->revision + 1);
      for (int i = 0; opened && i < 3; ++i) {
        if (!co_await (*opened)->next()) break;
      }
    }
  }
};

const std::vector<std::string> kKnobs = {"etcd_applied_after_timeout", "etcd_answer_lost",
                                         "etcd_lost_with_leader",      "etcd_slow_request",
                                         "etcd_late_keep_alive",       "etcd_stream_ended",
                                         "etcd_too_many_requests",     "etcd_read_leader_changed"};
const std::vector<std::string> kOthers = {
    "etcd_leader_change", "etcd_member_kill", "etcd_member_behind", "etcd_member_cut_off",
    "etcd_compaction",    "etcd_cut_off",     "leader_kill",        "leader_cut_off"};

std::uint64_t knobs_turned(EtcdWorld& t) {
  std::uint64_t turned = 0;
  for (const auto& knob : t.etcd.faults().knobs) turned += knob.rate.numerator > 0 ? 1 : 0;
  return turned;
}

void expect_effect_and_end(const std::string& kind, bool heals, std::uint64_t knobs) {
  SCOPED_TRACE(kind + (heals ? ", healed" : ""));
  EtcdWorld t;
  t.start_client();
  FaultInjector injector(t.etcd_context());
  injector.schedule({{kind, 0, 1, 3 * kSecond, heals ? 500 * kSecond : 3 * kSecond}});
  t.world().run_until(5 * kSecond);
  EXPECT_EQ(knobs_turned(t), knobs);
  t.world().run_until(20 * kSecond);
  if (heals) injector.heal();
  EXPECT_EQ(knobs_turned(t), 0u);
  EXPECT_EQ(t.etcd.faults().apply_lag[0], Duration(0));
  EXPECT_FALSE(t.etcd.faults().cut_off[0]);
  for (std::uint32_t member = 3; member < 6; ++member) {
    EXPECT_FALSE(t.world().fabric().blocked(0, member));
    EXPECT_FALSE(t.world().fabric().blocked(member, 0));
  }
  t.world().run_until(t.world().now() + 10 * kSecond);
  EXPECT_GT(t.growth(t.writes, 5 * kSecond), 0u);
  expect_counts(injector, kind, 1, 1, 1);
}

TEST(EtcdFaults, EachHasEffectOnABusyClusterAndEnds) {
  for (const bool heals : {false, true}) {
    for (const std::string& kind : kKnobs) expect_effect_and_end(kind, heals, 1);
    for (const std::string& kind : kOthers) expect_effect_and_end(kind, heals, 0);
    expect_effect_and_end("etcd_watchers_behind", heals, 3);
  }
}

TEST(EtcdFaults, WithoutRequestsNoneOfThoseThatStrikeThemHasEffect) {
  std::vector<std::string> kinds = kKnobs;
  kinds.insert(kinds.end(), {"etcd_compaction", "etcd_cut_off", "etcd_watchers_behind",
                             "leader_kill", "leader_cut_off"});
  for (const std::string& kind : kinds) {
    EtcdWorld t;
    FaultInjector injector(t.etcd_context());
    injector.schedule({fault_of(kind)});
    t.world().run_until(20 * kSecond);
    expect_counts(injector, kind, 1, 1, 0);
  }
}

TEST(EtcdFaults, ALeaderlessClusterHasNoLeaderToDepose) {
  EtcdWorld t;
  for (std::size_t member = 0; member < 3; ++member) t.etcd.kill(member);
  FaultInjector injector(t.etcd_context());
  injector.schedule({fault_of("etcd_leader_change"), fault_of("etcd_member_kill"),
                     fault_of("etcd_member_behind")});
  t.world().run_until(5 * kSecond);
  expect_counts(injector, "etcd_leader_change", 1, 1, 0);
  expect_counts(injector, "etcd_member_kill", 1, 1, 0);
  expect_counts(injector, "etcd_member_behind", 1, 1, 0);
  for (std::size_t member = 0; member < 3; ++member) t.etcd.restart(member);
}

struct Kept : sim::EventLog::Sink {
  void write(BytesView bytes) override { log.append(bytes); }
  Bytes log;
};

// The kinds of the faults that the log tells of, in the order of their names.
std::vector<std::string> told(const std::vector<std::string>& kinds, bool has_leader) {
  Kept kept;
  {
    sim::WorldOptions options;
    options.log_sink = &kept;
    EtcdWorld t(options);
    if (!has_leader) {
      for (std::size_t member = 0; member < 3; ++member) t.etcd.kill(member);
    }
    FaultInjector injector(t.etcd_context());
    std::vector<Fault> faults;
    for (const std::string& kind : kinds) faults.push_back({kind, 0, 1, 3 * kSecond, kSecond});
    injector.schedule(faults);
    t.world().run_until(5 * kSecond);
    for (std::size_t member = 0; member < 3 && !has_leader; ++member) t.etcd.restart(member);
  }
  std::vector<std::string> found;
  sim::EventLogReader reader(kept.log);
  EXPECT_TRUE(reader.open().ok());
  while (true) {
    const Result<std::optional<sim::LogRecord>> record = reader.next();
    EXPECT_TRUE(record.has_value()) << record.error();
    if (!record || !*record) break;
    const std::string& text = (*record)->text;
    if ((*record)->what == "fault") found.push_back(text.substr(text.rfind(' ') + 1));
  }
  std::ranges::sort(found);
  return found;
}

TEST(EtcdFaults, WhoeverFindsNobodyToStrikeIsNotToldOf) {
  const std::vector<std::string> kinds = {"etcd_compaction", "etcd_leader_change",
                                          "etcd_slow_request", "leader_cut_off", "leader_kill"};
  // Nobody holds the key of whoever leads the database.
  EXPECT_EQ(told(kinds, true), (std::vector<std::string>{"etcd_compaction", "etcd_leader_change",
                                                         "etcd_slow_request"}));
  EXPECT_EQ(told(kinds, false), std::vector<std::string>{"etcd_slow_request"});
}

TEST(EtcdFaults, TheLeaderIsStruckWhateverTheTargetSays) {
  for (const std::string kind : {"leader_kill", "leader_cut_off"}) {
    EtcdWorld t;
    t.start_client();
    FaultInjector injector(t.etcd_context());
    injector.schedule({{kind, 2, 0, 3 * kSecond, 3 * kSecond}});
    t.world().run_until(5 * kSecond);
    if (kind == "leader_kill") {
      EXPECT_FALSE(t.node(0).running());
    } else {
      EXPECT_TRUE(t.world().fabric().blocked(0, 3));
      EXPECT_FALSE(t.world().fabric().blocked(2, 3));
    }
  }
}

TEST(EtcdFaults, OneWhoseNameBeginsTheLeadersIsNotTakenForIt) {
  EtcdWorld t;
  t.leader = "node-00:7";
  sim::Machine& leader = t.world().add_machine({.name = "node-00"});
  t.world().start(leader, [](Environment& environment) {
    return std::make_unique<test::IdleProcess>(environment);
  });
  t.start_client();
  FaultContext context = t.etcd_context();
  context.nodes.emplace_back("node-00");
  FaultInjector injector(context);
  injector.schedule({{"leader_kill", 0, 0, 3 * kSecond, 3 * kSecond}});
  t.world().run_until(5 * kSecond);
  EXPECT_FALSE(leader.running());
  EXPECT_TRUE(t.node(0).running());
}

TEST(EtcdFaults, AWorldWithoutEtcdIsNotStruck) {
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.needs != Needs::etcd) continue;
    FaultWorld t;
    FaultInjector injector(t.context());
    injector.schedule({fault_of(kind.name)});
    t.world().run_until(5 * kSecond);
    expect_counts(injector, kind.name, 1, 0, 0);
  }
}

}  // namespace
}  // namespace eyrie::faults
