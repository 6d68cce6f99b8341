#include "tests/faults/fault_world.h"
#include "tests/support/sim_s3.h"
#include "tests/support/sim_wal.h"

namespace eyrie::faults {
namespace {

using test::S3Client;
using test::SimS3;
using test::SimWal;
using test::WalClient;

struct ServiceWorld : FaultWorld {
  ServiceWorld() : s3(test_world()), wal(test_world()) {}

  FaultContext service_context() {
    FaultContext all = context();
    all.s3 = &s3.service();
    all.wal = &wal.service();
    return all;
  }
  void start_clients() {
    world().start(node(0), [this](Environment& environment) {
      auto process = std::make_unique<test::IdleProcess>(environment);
      process->group().spawn(use_s3(environment));
      process->group().spawn(use_wal(environment));
      process->group().spawn(read_wal(environment));
      return process;
    });
  }
  // What is switched on at the services.
  std::uint64_t knobs_turned() {
    const storage::fakes::S3Faults& a = s3.faults().faults;
    const storage::fakes::WalFaults& b = wal.faults().faults;
    std::uint64_t turned = 0;
    for (const Ratio& rate : {a.error_before, a.error_after, a.silence_before, a.silence_after,
                              a.reset_upload, a.reset_download, a.skew_window, a.slow_down_window,
                              a.slow_body, b.ack_lost, b.reset, b.slow_sync, b.unavailable_window,
                              b.duplicate_open, b.late_open, b.open_answer_lost, b.read_reset}) {
      turned += rate.numerator > 0 ? 1 : 0;
    }
    return turned;
  }

  SimS3 s3;
  SimWal wal;
  std::uint64_t objects = 0;
  std::uint64_t records = 0;

 private:
  Task<void> use_s3(Environment& environment) {
    S3Client client(s3, environment, 2);
    for (int i = 0; (co_await environment.clock.sleep_for(10ms)).ok(); ++i) {
      const std::string key = "k" + std::to_string(i % 50);
      if ((co_await client.store().put(key, "x")).ok()) ++objects;
      (void)co_await client.store().get(key);
    }
  }
  Task<void> use_wal(Environment& environment) {
    WalClient client(wal, environment, 3);
    for (storage::WalTerm term = 1; (co_await environment.clock.sleep_for(10ms)).ok(); ++term) {
      auto writer = co_await client.wal().open("c", term);
      for (int i = 0; writer && i < 20; ++i) {
        if (!(co_await (*writer)->append("record")).ok()) break;
        ++records;
      }
      if (writer) co_await (*writer)->close();
    }
  }
  Task<void> read_wal(Environment& environment) {
    WalClient client(wal, environment, 4);
    while ((co_await environment.clock.sleep_for(10ms)).ok()) {
      auto reader = co_await client.wal().read("c", 1);
      while (reader && (co_await (*reader)->next()).has_value()) {
      }
    }
  }
};

std::vector<std::string> kinds_that_need(Needs needs) {
  std::vector<std::string> names;
  for (const FaultKind& kind : fault_kinds()) {
    if (kind.needs == needs) names.push_back(kind.name);
  }
  return names;
}

TEST(ServiceFaults, EachHasEffectOnABusyServiceAndEnds) {
  for (const Needs needs : {Needs::s3, Needs::wal}) {
    for (const std::string& kind : kinds_that_need(needs)) {
      for (const bool heals : {false, true}) {
        ServiceWorld t;
        t.start_clients();
        FaultInjector injector(t.service_context());
        injector.schedule({{kind, 0, 0, kSecond, heals ? 500 * kSecond : 6 * kSecond}});
        t.world().run_until(2 * kSecond);
        EXPECT_EQ(t.knobs_turned(), kind == "s3_reset" ? 2u : 1u) << kind;
        t.world().run_until(12 * kSecond);
        if (heals) injector.heal();
        EXPECT_EQ(t.knobs_turned(), 0u) << kind;
        t.world().run_until(t.world().now() + 20 * kSecond);
        EXPECT_GT(t.growth(needs == Needs::s3 ? t.objects : t.records, 5 * kSecond), 0u) << kind;
        expect_counts(injector, kind, 1, 1, 1);
      }
    }
  }
}

TEST(ServiceFaults, OfTwoThatOverlapTheLaterEndSwitchesOff) {
  ServiceWorld t;
  FaultInjector injector(t.service_context());
  injector.schedule(
      {{"s3_slow_body", 0, 0, kSecond, kSecond}, {"s3_slow_body", 0, 0, kSecond, 3 * kSecond}});
  t.world().run_until(3 * kSecond);
  EXPECT_EQ(t.knobs_turned(), 1u);
  t.world().run_until(5 * kSecond);
  EXPECT_EQ(t.knobs_turned(), 0u);
}

TEST(ServiceFaults, AnIdleServiceHasNothingThatIsStruck) {
  for (const Needs needs : {Needs::s3, Needs::wal}) {
    for (const std::string& kind : kinds_that_need(needs)) {
      ServiceWorld t;
      FaultInjector injector(t.service_context());
      injector.schedule({fault_of(kind)});
      t.world().run_until(10 * kSecond);
      expect_counts(injector, kind, 1, 1, 0);
    }
  }
}

TEST(ServiceFaults, AWorldWithoutTheServiceIsNotStruck) {
  for (const Needs needs : {Needs::s3, Needs::wal}) {
    for (const std::string& kind : kinds_that_need(needs)) {
      FaultWorld t;
      FaultInjector injector(t.context());
      injector.schedule({fault_of(kind)});
      t.world().run_until(5 * kSecond);
      expect_counts(injector, kind, 1, 0, 0);
    }
  }
}

}  // namespace
}  // namespace eyrie::faults
