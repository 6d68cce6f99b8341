// Marks of what a run lived through, and what a standalone's stores show, from their events.
#include "scenarios/run/observer.h"

#include <gtest/gtest.h>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "scenarios/run/durable_objects.h"
#include "storage/directory/directory_object_store.h"
#include "storage/local_log/events.h"
#include "storage/sqlite/events.h"
#include "tests/storage/co_assert.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

// A run whose coordinators say what the test has them say.
class Story : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field> values) override {
    observer_.on_trace(0, world_.sim_machine("coordinator"), event, values);
  }
  Story& leads(std::int64_t revision) {
    emit(*this, coordinator::kLeaderChanged, 1, revision);
    return *this;
  }
  Story& gives_up(std::int64_t revision) {
    emit(*this, coordinator::kDeposed, revision, "ok");
    return *this;
  }
  std::uint64_t count(const std::string& mark) const { return observer_.marks().at(mark); }

 private:
  test::SimTestWorld world_;
  RunObserver observer_;
};

TEST(RunObserver, TheFirstLeaderChangesNothing) {
  EXPECT_EQ(Story().leads(5).count("leader_changed"), 0u);
  EXPECT_EQ(Story().leads(5).gives_up(5).count("leader_deposed"), 0u);
}

TEST(RunObserver, ALeaderThatWasKilledWasNotDeposed) {
  Story story;
  story.leads(5).leads(8);
  EXPECT_EQ(story.count("leader_changed"), 1u);
  EXPECT_EQ(story.count("leader_deposed"), 0u);
}

TEST(RunObserver, ALeaderIsDeposedWhetherItFindsOutBeforeOrAfter) {
  EXPECT_EQ(Story().leads(5).gives_up(5).leads(8).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).leads(8).gives_up(5).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).leads(8).gives_up(5).leads(9).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).gives_up(5).leads(8).leads(9).count("leader_deposed"), 1u);
}

// Elected, and out of its lease before it could begin.
TEST(RunObserver, WhoNeverLedWasNotDeposed) {
  Story story;
  story.leads(5).gives_up(8).leads(9);
  EXPECT_EQ(story.count("leader_changed"), 1u);
  EXPECT_EQ(story.count("leader_deposed"), 0u);
}

constexpr char kWritten[] = "data";

// A standalone, whose stores say what the test has them say, and whose disk is real.
class Standalone : public Tracer {
 public:
  Standalone() {
    observer_.look_into(nullptr, durable_log_of(machine_.device().image));
    world_.world().add_observer(observer_);
  }
  void record(const EventHeader& event, std::span<const Field> values) override {
    observer_.on_trace(0, machine_, event, values);
  }
  Standalone& opens(std::int64_t revision, std::int64_t told = 0) {
    emit(*this, storage::kSqliteOpened, "meta.db", revision, 0, told);
    return *this;
  }
  Standalone& finds_removed(std::int64_t revision, const std::string& key) {
    emit(*this, storage::kSqliteFound, revision, key, 0, "");
    return *this;
  }
  Standalone& commits(std::int64_t revision, const std::string& key, const std::string& value) {
    emit(*this, storage::kSqliteCommitted, revision, key, revision, value,
         std::string(catalog::kLeaderKey) + "=7 ");
    return *this;
  }
  Standalone& finds(std::int64_t revision, const std::string& key, const std::string& value) {
    emit(*this, storage::kSqliteFound, revision, key, revision, value);
    return *this;
  }
  void write_object(const std::string& key) {
    world_.run("standalone", [&key](Environment& environment) { return put(environment, key); });
  }
  template <class T>
  std::vector<T> seen() {
    std::vector<T> found;
    for (const Observed& observed : observer_.observations()) {
      if (const T* what = std::get_if<T>(&observed.what)) found.push_back(*what);
    }
    return found;
  }

 private:
  static Task<void> put(Environment& environment, std::string key) {
    EYRIE_CO_ASSERT_VALUE(const auto store,
                          co_await storage::DirectoryObjectStore::open(environment, "objects"));
    EYRIE_CO_ASSERT_OK(co_await store->put(key, kWritten));
    co_await store->close();
  }

  RunObserver observer_;
  test::SimTestWorld world_;
  sim::Machine& machine_ = world_.sim_machine("standalone");
};

std::string checkpoint(std::uint64_t position) {
  catalog::CheckpointRecord record;
  record.set_channel("c");
  record.set_position(position);
  return catalog::encode_record(record);
}

std::vector<std::uint64_t> positions(Standalone& standalone) {
  std::vector<std::uint64_t> found;
  for (const auto& saved : standalone.seen<CheckpointSaved>()) found.push_back(saved.position);
  return found;
}

TEST(RunObserver, WhatAStandaloneCommitsIsSeenWithWhoLed) {
  const std::string key = std::string(catalog::kCheckpointPrefix) + "c";
  Standalone standalone;
  standalone.opens(1).commits(2, key, checkpoint(5));
  EXPECT_EQ(positions(standalone), std::vector<std::uint64_t>{5});
  const auto written = standalone.seen<CatalogWritten>();
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].revision, 2);
  EXPECT_EQ(written[0].leader, 7);
  EXPECT_EQ(written[0].key, key);
}

// The process ended after the commits of revisions 3 and 4, before it said so.
TEST(RunObserver, WhatWasNotSaidIsSeenAtTheNextOpeningAndNothingTwice) {
  const std::string key = std::string(catalog::kCheckpointPrefix) + "c";
  Standalone standalone;
  standalone.opens(1).commits(2, key, checkpoint(5));
  standalone.opens(4).finds(2, key, checkpoint(5)).finds(3, key, checkpoint(6));
  standalone.finds(4, key, checkpoint(7)).commits(5, key, checkpoint(8));
  EXPECT_EQ(positions(standalone), (std::vector<std::uint64_t>{5, 6, 7, 8}));
  EXPECT_EQ(standalone.seen<CatalogWritten>().size(), 2u);  // who led at the others, nobody knows
}

TEST(RunObserver, AMetaStoreIsSeenOpeningWithWhatItHadCommitted) {
  const std::string key = std::string(catalog::kCheckpointPrefix) + "c";
  Standalone standalone;
  standalone.opens(1).commits(2, key, checkpoint(5)).commits(3, key, checkpoint(6));
  standalone.opens(4).finds(4, key, checkpoint(7)).opens(4);
  standalone.opens(2).finds(2, key, checkpoint(5)).opens(2);
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  for (const auto& opened : standalone.seen<MetaStoreOpened>()) {
    seen.emplace_back(opened.revision, opened.committed);
  }
  using Seen = std::vector<std::pair<std::int64_t, std::int64_t>>;
  // Of 4 it never said that it is committed, and of what it lost it says so once.
  EXPECT_EQ(seen, (Seen{{1, 0}, {4, 3}, {4, 3}, {2, 3}, {2, 2}}));
}

// Removals are told, too, so nothing is missed but what is older than what is told.
TEST(RunObserver, AnOpeningTellsWhetherAChangeWasMissed) {
  const std::string key = std::string(catalog::kSegmentPrefix) + "v/9";
  Standalone standalone;
  standalone.opens(1, 1).commits(2, key, catalog::encode_record(catalog::SegmentRecord()));
  standalone.opens(5, 3).finds_removed(3, key);
  standalone.opens(9, 6).finds_removed(9, key).opens(9, 9).opens(12, 11);
  std::vector<bool> unseen;
  for (const auto& opened : standalone.seen<MetaStoreOpened>()) unseen.push_back(opened.unseen);
  EXPECT_EQ(unseen, (std::vector<bool>{false, false, true, false, true}));
  EXPECT_EQ(standalone.seen<SegmentRemoved>().size(), 2U);
}

TEST(RunObserver, WhatTakesTheRevisionsOfWhatWasLostIsSeen) {
  const std::string key = std::string(catalog::kCheckpointPrefix) + "c";
  Standalone standalone;
  standalone.opens(1).commits(2, key, checkpoint(5)).commits(3, key, checkpoint(6));
  standalone.opens(1);
  standalone.opens(2).finds(2, key, checkpoint(8));
  EXPECT_EQ(positions(standalone), (std::vector<std::uint64_t>{5, 6, 8}));
}

using Missing = std::optional<std::string>;

void name_object(catalog::FileRecord* file, const std::string& key) {
  file->set_key(key);
  file->set_bytes(std::string_view(kWritten).size());
}

catalog::SegmentRecord segment_of_rows_and_stats() {
  catalog::SegmentRecord record;
  record.set_id(9);
  name_object(record.mutable_binlog(), "rows");
  name_object(record.mutable_stats(), "stats");
  return record;
}

// Where there are "rows" and "stats".
Missing missing_of(const catalog::SegmentRecord& record) {
  Standalone standalone;
  standalone.write_object("rows");
  standalone.write_object("stats");
  standalone.opens(1).commits(2, std::string(catalog::kSegmentPrefix) + "v/9",
                              catalog::encode_record(record));
  return standalone.seen<SegmentSaved>().at(0).missing;
}

TEST(RunObserver, ASegmentIsSeenWithTheObjectThatItsStoreDoesNotHave) {
  const std::string key = std::string(catalog::kSegmentPrefix) + "v/9";
  const std::string value = catalog::encode_record(segment_of_rows_and_stats());
  Standalone standalone;
  standalone.opens(1).commits(2, key, value);
  standalone.write_object("rows");
  standalone.commits(3, key, value);
  standalone.write_object("stats");
  standalone.commits(4, key, value);
  std::vector<Missing> missing;
  for (const auto& saved : standalone.seen<SegmentSaved>()) missing.push_back(saved.missing);
  EXPECT_EQ(missing, (std::vector<Missing>{"rows", "stats", std::nullopt}));
  EXPECT_EQ(standalone.seen<ObjectWritten>().size(), 2u);
}

TEST(RunObserver, AnObjectThatASegmentDoesNotNameIsMissing) {
  catalog::SegmentRecord record = segment_of_rows_and_stats();
  EXPECT_EQ(missing_of(record), std::nullopt);
  record.clear_stats();
  EXPECT_EQ(missing_of(record), "");
  record = segment_of_rows_and_stats();
  record.clear_binlog();
  EXPECT_EQ(missing_of(record), "");
}

TEST(RunObserver, AnObjectOfAnotherSizeIsMissing) {
  for (const std::uint64_t bytes : {0u, 3u, 5u}) {
    catalog::SegmentRecord record = segment_of_rows_and_stats();
    record.mutable_stats()->set_bytes(bytes);
    EXPECT_EQ(missing_of(record), "stats") << bytes;
  }
}

TEST(RunObserver, ASegmentsIndexIsOneOfItsObjects) {
  catalog::SegmentRecord record = segment_of_rows_and_stats();
  record.mutable_index()->set_build_id(1);
  EXPECT_EQ(missing_of(record), "");
  name_object(record.mutable_index()->mutable_file(), "graph");
  EXPECT_EQ(missing_of(record), "graph");
  name_object(record.mutable_index()->mutable_file(), "rows");
  EXPECT_EQ(missing_of(record), std::nullopt);
}

TEST(RunObserver, ADeltaIsSeenWithTheObjectThatItsStoreDoesNotHave) {
  const std::string key = std::string(catalog::kDeltaPrefix) + "v/9";
  catalog::DeltaRecord record;
  record.set_id(9);
  Standalone standalone;
  standalone.opens(1).commits(2, key, catalog::encode_record(record));
  name_object(record.mutable_file(), "deletes");
  standalone.commits(3, key, catalog::encode_record(record));
  standalone.write_object("deletes");
  standalone.commits(4, key, catalog::encode_record(record));
  std::vector<Missing> missing;
  for (const auto& saved : standalone.seen<DeltaSaved>()) missing.push_back(saved.missing);
  EXPECT_EQ(missing, (std::vector<Missing>{"", "deletes", std::nullopt}));
}

TEST(DurableObjects, S3HasWhatIsInTheDatabasesBucket) {
  storage::fakes::S3DurableState store;
  EXPECT_EQ(durable_object(store, "rows"), std::nullopt) << "no bucket";
  store.buckets["another"].objects["rows"].body = "others";
  EXPECT_EQ(durable_object(store, "rows"), std::nullopt) << "in another bucket";
  store.buckets[kBucket].objects["stats"].body = "keys";
  EXPECT_EQ(durable_object(store, "rows"), std::nullopt) << "another object";
  store.buckets[kBucket].objects["rows"].body = "data";
  EXPECT_EQ(durable_object(store, "rows"), "data");
  EXPECT_EQ(durable_object(store, "stats"), "keys");
}

TEST(RunObserver, WhatALocalLogForgetsIsSeen) {
  Standalone standalone;
  emit(standalone, storage::kTruncated, "c", 3, 17);
  const auto truncated = standalone.seen<LogTruncated>();
  ASSERT_EQ(truncated.size(), 1u);
  EXPECT_EQ(truncated[0].channel, "c");
  EXPECT_EQ(truncated[0].term, 3);
  EXPECT_EQ(truncated[0].through, 17u);
}

}  // namespace
}  // namespace eyrie::scenarios
