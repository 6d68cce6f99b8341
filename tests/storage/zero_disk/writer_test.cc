// How a writer of the zero-disk log groups, rolls and fails.
#include "runtime/task_group.h"
#include "tests/storage/zero_disk/held_objects.h"

namespace eyrie::storage::test {
namespace {

using WriterTest = ZeroDiskTest;
using Names = std::vector<std::string>;

Task<Status> append_all(WalWriter& writer, std::vector<std::string> records) {
  TaskGroup group(co_await this_scope());
  std::vector<Status> statuses(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    group.spawn(note(writer.append(records[i]), statuses[i]));
  }
  co_await group.join();
  for (const Status& status : statuses) EYRIE_CO_RETURN_IF_ERROR(status);
  co_return Status();
}

Task<void> groups_by_time(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  Status first(Code::internal, "not answered");
  Status second = first;
  TaskGroup group(co_await this_scope());
  group.spawn(note(writer->append("a"), first));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(60ms));
  group.spawn(note(writer->append("b"), second));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(30ms));
  EXPECT_TRUE(test.store.state.objects.empty());
  co_await group.join();
  EXPECT_EQ(test.objects(), (Names{"0000000000000001/00000000"}));
  EXPECT_TRUE(first.ok() && second.ok());
  co_await client.log.stop();
}

TEST_F(WriterTest, RecordsOfOneIntervalShareABlock) {
  options.group_bytes = 1'000;
  options.group_interval = 100ms;
  run(groups_by_time);
}

Task<void> groups_by_size(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_all(*writer, {"aaaa", "bbbb", "cccc", "dddd", "eeee"}));
  // Ten bytes a block, and the last record waits for no more.
  EXPECT_EQ(test.objects(), (Names{"0000000000000001/00000000", "0000000000000001/00000001",
                                   "0000000000000001/00000002"}));
  EXPECT_EQ(co_await read_texts(client.log, 1, 5), "aaaa bbbb cccc dddd eeee");
  EXPECT_EQ(co_await read_texts(client.log, 4, 2), "dddd eeee");
  co_await client.log.stop();
}

TEST_F(WriterTest, ABlockHasNoMoreThanItsBytes) {
  options.group_bytes = 10;
  options.group_interval = 50ms;
  run(groups_by_size);
}

Task<void> rolls(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_all(*writer, {"a", "b", "c", "d", "e"}));
  const LogManifest manifest = test.manifest();
  EXPECT_EQ(manifest.segments.size(), 3u);
  EXPECT_EQ(manifest.segments[0].last, 2u);
  EXPECT_EQ(manifest.segments[1].last, 4u);
  EXPECT_FALSE(manifest.segments[2].closed);
  for (WalPosition from = 1; from <= 5; ++from) {
    EXPECT_EQ(co_await read_texts(client.log, from, 1), std::string(1, char('a' + from - 1)));
  }
  co_await client.log.stop();
}

TEST_F(WriterTest, AFullSegmentIsClosedAndTheNextBegun) {
  options.segment_blocks = 2;
  run(rolls);
}

Task<void> rolls_by_age(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(10s));
  EXPECT_EQ(test.manifest().segments.size(), 1u);  // nothing is in it
  EYRIE_CO_ASSERT_OK(co_await writer->append("a"));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(10s));
  EXPECT_EQ(test.manifest().segments.size(), 2u);
  co_await client.log.stop();
}

TEST_F(WriterTest, AnOldSegmentWithRecordsIsClosed) {
  options.segment_age = 5s;
  run(rolls_by_age);
}

// The term was superseded, and the next owner has not put its fence yet.
Task<void> no_roll_after_a_higher_term(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await writer->append("a"));
  storage::KeyValue& stored = test.meta.items.at("log/" + std::string(kTestChannel));
  stored.value = encode_log_manifest(begin_opening(test.manifest(), 2, 5).value());
  EYRIE_CO_ASSERT_OK(co_await writer->append("b"));
  EXPECT_EQ((co_await writer->append("c")).code(), Code::fenced);
  EXPECT_EQ(test.manifest().segments.size(), 1u);
  co_await client.log.stop();
}

TEST_F(WriterTest, ASupersededTermRollsNoMore) {
  options.segment_blocks = 2;
  run(no_roll_after_a_higher_term);
}

Task<void> its_own_block_is_its_own(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  test.store.fate = [](const std::string&) { return PutFate::again; };
  EYRIE_CO_ASSERT_OK(co_await append_all(*writer, {"a", "b"}));
  EXPECT_EQ(co_await read_texts(client.log, 1, 2), "a b");
  EXPECT_EQ(test.events.of("zero_disk.own_block_found"), 2);
  co_await client.log.stop();
}

TEST_F(WriterTest, ABlockThatItsFirstAttemptStoredIsItsOwn) {
  run(its_own_block_is_its_own);
}

Task<void> a_foreign_block_is_not(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  const BlockHeader foreign{
      .segment = 1, .index = 0, .writer = 5, .term = 1, .first = 1, .count = 1};
  test.store.state.objects[block_key(kTestChannel, 1, 0)] =
      encode_block(kTestChannel, foreign, {"theirs"});
  EXPECT_EQ((co_await writer->append("a")).code(), Code::data_loss);
  co_await client.log.stop();
}

TEST_F(WriterTest, ABlockOfSomebodyElseIsNoSuccess) {
  run(a_foreign_block_is_not);
}

Task<void> stopping_leaves_nobody_waiting(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  test.store.fate = [](const std::string&) { return PutFate::hold; };
  Status uploading;
  Status queued;
  TaskGroup group(co_await this_scope());
  group.spawn(note(writer->append("a"), uploading));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(10ms));
  group.spawn(note(writer->append("b"), queued));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(10ms));
  co_await client.log.stop();
  co_await group.join();
  EXPECT_EQ(uploading.code(), Code::unknown);
  EXPECT_EQ(queued.code(), Code::unavailable);
}

TEST_F(WriterTest, StoppingTellsWhatWasSentFromWhatWasNot) {
  options.uploads_max = 1;
  run(stopping_leaves_nobody_waiting);
}

}  // namespace
}  // namespace eyrie::storage::test
