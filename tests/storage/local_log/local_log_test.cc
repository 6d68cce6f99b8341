#include "storage/local_log/local_log.h"

#include <gtest/gtest.h>

#include "runtime/task_group.h"
#include "storage/format/envelope.h"
#include "storage/local_log/events.h"
#include "tests/storage/co_assert.h"
#include "tests/support/manual_test_world.h"
#include "tests/support/sim_world.h"

namespace eyrie::storage {
namespace {

using eyrie::test::ManualTestWorld;

constexpr const char* kMachine = "node";
constexpr const char* kChannel = "dml_0";

struct LocalLogTest : testing::Test {
  void run(Task<void> (*body)(Environment&)) { world.run(kMachine, body); }
  ManualTestWorld world{1};
};

Task<void> two_open_one_folder(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto first, co_await LocalLog::open(environment, {}));
  const auto second = co_await LocalLog::open(environment, {});
  EYRIE_CO_ASSERT(!second.has_value());
  EXPECT_EQ(second.error().code(), Code::failed_precondition);
  co_await first->close();
  EYRIE_CO_ASSERT_VALUE(const auto third, co_await LocalLog::open(environment, {}));
  co_await third->close();
}

TEST_F(LocalLogTest, OneProcessHasAFolder) {
  run(two_open_one_folder);
}

Task<void> odd_channel_names(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  for (const std::string& name : {std::string(), std::string(".."), std::string("a/b"),
                                  std::string("lock"), std::string(201, 'a')}) {
    const auto writer = co_await log->open(name, 1);
    EYRIE_CO_ASSERT(!writer.has_value());
    EXPECT_EQ(writer.error().code(), Code::invalid_argument) << name;
  }
  EXPECT_TRUE((co_await log->open("by-dev-rootcoord-dml_0", 1)).has_value());
  co_await log->close();
}

TEST_F(LocalLogTest, NamesThatAreNoFileNamesAreRefused) {
  run(odd_channel_names);
}

Task<void> more_than_may_wait(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log,
                        co_await LocalLog::open(environment, {.pending_bytes_max = 100}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  Task<Status> first = writer->append(Bytes(60, 'a'));
  EXPECT_EQ((co_await writer->append(Bytes(60, 'b'))).code(), Code::resource_exhausted);
  EYRIE_CO_ASSERT_OK(co_await std::move(first));
  EXPECT_EQ((co_await writer->append(Bytes(60, 'c'))).code(), Code::unavailable);
  EXPECT_EQ(writer->next_position(), 2u);
  EYRIE_CO_ASSERT_VALUE(const auto again, co_await log->open(kChannel, 2));
  EXPECT_EQ(again->next_position(), 2u);
  EYRIE_CO_ASSERT_OK(co_await again->append(Bytes(60, 'c')));
  co_await log->close();
}

TEST_F(LocalLogTest, WhatExceedsTheQueueBreaksTheWriterAndTakesNoPosition) {
  run(more_than_may_wait);
}

Task<void> after_close(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await log->read(kChannel, 1));
  co_await log->close();
  EXPECT_EQ((co_await writer->append("x")).code(), Code::failed_precondition);
  EXPECT_EQ((co_await reader->next()).error().code(), Code::failed_precondition);
  EXPECT_EQ((co_await log->open(kChannel, 2)).error().code(), Code::failed_precondition);
}

TEST_F(LocalLogTest, AClosedLogDoesNothingMore) {
  run(after_close);
}

Task<void> write_one(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await writer->append("x"));
  co_await log->close();
}

Task<void> open_without_state(Environment& environment) {
  EYRIE_CO_ASSERT_OK(co_await environment.disk.remove("log/dml_0/state"));
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EXPECT_EQ((co_await log->open(kChannel, 9)).error().code(), Code::data_loss);
  co_await log->close();
}

TEST_F(LocalLogTest, RecordsWithoutTheirTermAreDataLoss) {
  run(write_one);
  run(open_without_state);
}

Task<void> open_newer_state(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto file,
                        co_await environment.disk.open("log/dml_0/state", OpenMode::write));
  EYRIE_CO_ASSERT_OK(co_await file->write_at(0, seal_envelope({"EYLS", "state", 2}, "?")));
  EYRIE_CO_ASSERT_OK(co_await file->truncate(21));
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  const auto writer = co_await log->open(kChannel, 9);
  EYRIE_CO_ASSERT(!writer.has_value());
  EXPECT_EQ(writer.error().to_string(),
            "unsupported: state of a log channel has format version 2; this build reads up to 1");
  co_await log->close();
}

TEST_F(LocalLogTest, AChannelOfANewerBuildIsUnsupported) {
  run(write_one);
  run(open_newer_state);
}

Task<void> remove_a_segment(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log,
                        co_await LocalLog::open(environment, {.segment_bytes_max = 1}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  for (int i = 0; i < 3; ++i) EYRIE_CO_ASSERT_OK(co_await writer->append("x"));
  EYRIE_CO_ASSERT_OK(co_await environment.disk.remove("log/dml_0/00000000000000000002.log"));
  co_await log->close();
}

Task<void> read_over_the_hole(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await log->read(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await reader->next());
  EXPECT_EQ((co_await reader->next()).error().code(), Code::data_loss);
  co_await log->close();
}

TEST_F(LocalLogTest, AReaderNeverCrossesAHole) {
  run(remove_a_segment);
  run(read_over_the_hole);
}

Task<void> truncate_files(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log,
                        co_await LocalLog::open(environment, {.segment_bytes_max = 1}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  for (int i = 0; i < 5; ++i) EYRIE_CO_ASSERT_OK(co_await writer->append("x"));
  EXPECT_EQ((co_await log->truncate(kChannel, 1, 6)).code(), Code::invalid_argument);
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await log->read(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await reader->next());
  EYRIE_CO_ASSERT_OK(co_await log->truncate(kChannel, 1, 3));
  EYRIE_CO_ASSERT_VALUE(const auto names, co_await environment.disk.list("log/dml_0"));
  EXPECT_EQ(names.size(), 3u);  // two segments and the state
  EXPECT_EQ((co_await reader->next()).error().code(), Code::out_of_range);
  EYRIE_CO_ASSERT_VALUE(const auto below, co_await log->read(kChannel, 3));
  EXPECT_EQ((co_await below->next()).error().code(), Code::out_of_range);
  co_await log->close();
}

TEST_F(LocalLogTest, TruncationRemovesWholeSegmentsAndEndsReadersBelowIt) {
  run(truncate_files);
}

Task<void> append_note(WalWriter& writer, std::vector<Status>& statuses) {
  statuses.push_back(co_await writer.append("y"));
}

Task<void> failing_sync(Environment& environment, test::MemoryDisk& disk) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await writer->append("x"));
  disk.fail_at(disk.calls() + 2);  // the sync behind the next write
  std::vector<Status> statuses;
  TaskGroup group(co_await this_scope());
  group.spawn(append_note(*writer, statuses));
  EXPECT_EQ((co_await writer->append("x")).code(), Code::unknown);
  co_await group.join();
  EXPECT_EQ((co_await writer->append("x")).code(), Code::unavailable);
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await log->read(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await reader->next());
  EYRIE_CO_ASSERT_VALUE(const auto again, co_await log->open(kChannel, 2));
  EXPECT_GE(again->next_position(), 2u);
  EYRIE_CO_ASSERT_OK(co_await again->append("z"));
  co_await log->close();
}

TEST_F(LocalLogTest, AFailedSyncIsAnUnknownOutcomeUntilTheNextTerm) {
  world.run(kMachine, [&](Environment& environment) {
    return failing_sync(environment, world.disk(kMachine));
  });
}

Task<void> tear_the_tail(Environment& environment, std::uint64_t& size) {
  EYRIE_CO_ASSERT_VALUE(
      const auto file,
      co_await environment.disk.open("log/dml_0/00000000000000000001.log", OpenMode::write));
  EYRIE_CO_ASSERT_VALUE(size, co_await file->size());
  EYRIE_CO_ASSERT_OK(co_await file->write_at(size, "half a record"));
}

Task<void> expect_cut_tail(Environment& environment, std::uint64_t size) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 2));
  EXPECT_EQ(writer->next_position(), 2u);
  EYRIE_CO_ASSERT_VALUE(const auto file, co_await environment.disk.open(
                                             "log/dml_0/00000000000000000001.log", OpenMode::read));
  EXPECT_EQ(co_await file->size(), size);
  co_await log->close();
}

TEST_F(LocalLogTest, ATornTailIsCutOffTheFile) {
  run(write_one);
  std::uint64_t size = 0;
  world.run(kMachine, [&](Environment& environment) { return tear_the_tail(environment, size); });
  world.run(kMachine, [&](Environment& environment) { return expect_cut_tail(environment, size); });
}

Task<void> damage_before_a_removed_successor(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(
      const auto file,
      co_await environment.disk.open("log/dml_0/00000000000000000001.log", OpenMode::write));
  EYRIE_CO_ASSERT_OK(co_await file->truncate(40));
  EYRIE_CO_ASSERT_OK(
      co_await environment.disk.open("log/dml_0/00000000000000000002.log", OpenMode::create_new));
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EXPECT_EQ((co_await log->open(kChannel, 2)).error().code(), Code::data_loss);
  co_await log->close();
}

TEST_F(LocalLogTest, ATornTailBeforeAnEmptySegmentIsDataLoss) {
  run(write_one);
  run(damage_before_a_removed_successor);
}

// The disk is slow enough, in some seeds, for the older group to end after all that open() writes.
Task<void> open_over_a_group(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto older, co_await log->open(kChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  std::vector<Status> statuses;
  TaskGroup group(co_await this_scope());
  group.spawn(append_note(*older, statuses));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(100us));
  EYRIE_CO_ASSERT_VALUE(const auto newer, co_await log->open(kChannel, 2));
  EXPECT_EQ(newer->next_position(), 2u);
  co_await group.join();
  EYRIE_CO_ASSERT_OK(statuses.at(0));
  EYRIE_CO_ASSERT_OK(co_await newer->append("z"));
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await log->read(kChannel, 1));
  EYRIE_CO_ASSERT_VALUE(const WalEntry first, co_await reader->next());
  EXPECT_EQ(first.record, "y");
  EYRIE_CO_ASSERT_VALUE(const WalEntry second, co_await reader->next());
  EXPECT_EQ(second.record, "z");
  co_await log->close();
}

TEST(LocalLogSimulated, ANewTermWaitsForTheGroupThatIsUnderWay) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::SimTestWorld slow(seed);
    slow.run(kMachine, open_over_a_group);
    if (HasFailure()) return;
  }
}

// Of a channel's truncations, as "term through".
class Truncations : public sim::TraceObserver {
 public:
  void on_trace(sim::SimTime, const sim::Machine&, const EventHeader& event,
                std::span<const Field> values) override {
    if (event.name != kTruncated.name) return;
    said.push_back(std::to_string(std::get<std::int64_t>(values[1])) + " " +
                   std::to_string(std::get<std::int64_t>(values[2])));
  }

  std::vector<std::string> said;
};

Task<void> truncate_well_and_badly(Environment& environment) {
  EYRIE_CO_ASSERT_VALUE(const auto log, co_await LocalLog::open(environment, {}));
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await log->open(kChannel, 3));
  for (int i = 0; i < 4; ++i) EYRIE_CO_ASSERT_OK(co_await writer->append("record"));
  EYRIE_CO_ASSERT_OK(co_await log->truncate(kChannel, 3, 2));
  EYRIE_CO_ASSERT_OK(co_await log->truncate(kChannel, 3, 1));
  EXPECT_EQ((co_await log->truncate(kChannel, 2, 3)).code(), Code::fenced);
  EXPECT_EQ((co_await log->truncate(kChannel, 3, 5)).code(), Code::invalid_argument);
  EYRIE_CO_ASSERT_OK(co_await log->truncate(kChannel, 3, 4));
  co_await writer->close();
  co_await log->close();
}

TEST(LocalLogEvents, WhatIsForgottenIsSaidOnceItIs) {
  Truncations truncations;
  test::SimTestWorld sim_world;
  sim_world.world().add_observer(truncations);
  sim_world.run(kMachine, truncate_well_and_badly);
  EXPECT_EQ(truncations.said, (std::vector<std::string>{"3 2", "3 4"}));
}

}  // namespace
}  // namespace eyrie::storage
