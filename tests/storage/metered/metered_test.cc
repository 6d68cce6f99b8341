// The counting stores: they do what the stores below do, and count it.
#include <memory>

#include <gtest/gtest.h>

#include "storage/directory/directory_object_store.h"
#include "storage/local_log/local_log.h"
#include "storage/metered/metrics.h"
#include "storage/metered/object_store.h"
#include "storage/metered/wal.h"
#include "tests/storage/co_assert.h"
#include "tests/storage/object_store_suite.h"
#include "tests/storage/wal_suite.h"
#include "tests/support/manual_test_world.h"

namespace eyrie::storage::test {
namespace {

using eyrie::test::ManualTestWorld;

class MeteredObjects final : public ObjectStoreSubject {
 public:
  Task<Status> start(Environment& environment) override {
    EYRIE_CO_TRY(below_, co_await DirectoryObjectStore::open(environment, "data/objects"));
    store_ = std::make_unique<MeteredObjectStore>(environment, *below_, "segments");
    co_return Status();
  }
  Task<void> stop() override {
    store_.reset();
    co_await below_->close();
    below_.reset();
  }
  ObjectStore& store() override { return *store_; }

 private:
  std::unique_ptr<DirectoryObjectStore> below_;
  std::unique_ptr<MeteredObjectStore> store_;
};

class MeteredLog final : public WalSubject {
 public:
  explicit MeteredLog(eyrie::test::TestWorld& world) : world_(world) {}

  Task<Status> start(Environment& environment) override {
    EYRIE_CO_TRY(below_, co_await LocalLog::open(environment, {.folder = "data/log",
                                                               .segment_bytes_max = 200,
                                                               .group_bytes_max = 64}));
    log_ = std::make_unique<MeteredWal>(environment, *below_);
    co_return Status();
  }
  Task<void> stop() override {
    log_.reset();
    co_await below_->close();
    below_.reset();
  }
  Wal& wal() override { return *log_; }
  Task<void> break_writer(Environment&, WalWriter& writer) override {
    eyrie::test::MemoryDisk& disk = static_cast<ManualTestWorld&>(world_).disk("client");
    disk.fail_at(disk.calls() + 2);  // behind the write
    EXPECT_FALSE((co_await writer.append("broken")).ok());
    disk.fail_at(0);
  }

 private:
  eyrie::test::TestWorld& world_;
  std::unique_ptr<LocalLog> below_;
  std::unique_ptr<MeteredWal> log_;
};

INSTANTIATE_TEST_SUITE_P(Metered, ObjectStoreSuite,
                         testing::Values(ObjectStoreFactory{
                             "Manual", eyrie::test::manual_worlds(),
                             [](eyrie::test::TestWorld&) {
                               return std::make_unique<MeteredObjects>();
                             }}),
                         name_of_object_store_factory);
INSTANTIATE_TEST_SUITE_P(Metered, WalSuite,
                         testing::Values(WalFactory{"Manual", eyrie::test::manual_worlds(),
                                                    [](eyrie::test::TestWorld& world) {
                                                      return std::make_unique<MeteredLog>(world);
                                                    }}),
                         name_of_wal_factory);

Task<void> count_objects(Environment& environment) {
  MeteredObjects subject;
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  ObjectStore& store = subject.store();
  EYRIE_CO_ASSERT_OK(co_await store.put("a", "12345"));
  EYRIE_CO_ASSERT_OK(co_await store.put_if_absent("b", "123"));
  EXPECT_EQ((co_await store.put_if_absent("b", "1234567")).code(), Code::already_exists);
  EXPECT_EQ((co_await store.get("a")).value_or(""), "12345");
  EXPECT_EQ((co_await store.get_range("a", 1, 2)).value_or(""), "23");
  EXPECT_EQ((co_await store.get("none")).error().code(), Code::not_found);
  Metrics& metrics = environment.metrics;
  const auto count = [&](const char* verb, const char* result) {
    return metrics.counter(kObjectRequests, "segments", verb, result).value();
  };
  EXPECT_EQ(count("put", "ok"), 1);
  EXPECT_EQ(count("put_if_absent", "ok"), 1);
  EXPECT_EQ(count("put_if_absent", "already_exists"), 1);
  EXPECT_EQ(count("get", "ok"), 1);
  EXPECT_EQ(count("get", "not_found"), 1);
  EXPECT_EQ(metrics.counter(kObjectSentBytes, "segments").value(), 8);  // what was there is not
  EXPECT_EQ(metrics.counter(kObjectReceivedBytes, "segments").value(), 7);
  co_await subject.stop();
}

TEST(MeteredObjectStore, CountsRequestsByTheirResultsAndBytes) {
  ManualTestWorld world(1);
  world.run("client", count_objects);
}

Task<void> count_appends(ManualTestWorld& world, Environment& environment) {
  MeteredLog subject(world);
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  Result<std::unique_ptr<WalWriter>> opened = co_await subject.wal().open("ch", 1);
  EYRIE_CO_ASSERT(opened.has_value());
  std::unique_ptr<WalWriter> writer = std::move(*opened);
  EYRIE_CO_ASSERT_OK(co_await writer->append("12345"));
  EXPECT_EQ((co_await subject.wal().open("ch", 1)).error().code(), Code::fenced);
  co_await subject.break_writer(environment, *writer);
  co_await writer->close();
  Metrics& metrics = environment.metrics;
  EXPECT_EQ(metrics.counter(kWalRequests, "append", "ok").value(), 1);
  EXPECT_EQ(metrics.counter(kWalRequests, "open", "ok").value(), 1);
  EXPECT_EQ(metrics.counter(kWalRequests, "open", "fenced").value(), 1);
  EXPECT_EQ(metrics.counter(kWalAppendedBytes).value(), 5);
  std::int64_t appends = 0;
  for (const std::int64_t bucket : metrics.histogram(kWalDuration, "append").buckets()) {
    appends += bucket;
  }
  EXPECT_EQ(appends, 2);
  writer.reset();
  co_await subject.stop();
}

TEST(MeteredWal, CountsAppendsByTheirResultsAndWhatIsDurable) {
  ManualTestWorld world(1);
  world.run("client", [&](Environment& environment) { return count_appends(world, environment); });
}

}  // namespace
}  // namespace eyrie::storage::test
