// What becomes of the objects of closed segments.
#include "tests/storage/zero_disk/held_objects.h"

namespace eyrie::storage::test {
namespace {

using ChoresTest = ZeroDiskTest;
using Names = std::vector<std::string>;

Task<Status> append_each(WalWriter& writer, std::string letters) {
  for (const char letter : letters) {
    EYRIE_CO_RETURN_IF_ERROR(co_await writer.append(std::string(1, letter)));
  }
  co_return Status();
}

Task<void> truncated_segments_go(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "abcdef"));
  EYRIE_CO_ASSERT_OK(co_await client.log.truncate(kTestChannel, 1, 3));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_EQ(test.objects().front(), "0000000000000002/00000000");
  EXPECT_EQ(test.objects().size(), 4u);
  EXPECT_EQ(co_await read_texts(client.log, 4, 3), "d e f");
  EXPECT_TRUE((co_await read_texts(client.log, 3, 1)).starts_with("out_of_range"));
  EYRIE_CO_ASSERT_OK(co_await client.log.truncate(kTestChannel, 1, 6));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_EQ(test.objects(), Names{});
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "g"));
  EXPECT_EQ(co_await read_texts(client.log, 7, 1), "g");
  co_await client.log.stop();
}

TEST_F(ChoresTest, ObjectsOfTruncatedSegmentsGoAndNoOthers) {
  options.segment_blocks = 2;
  run(truncated_segments_go);
}

// What an owner did not come to, and what came late, the next one removes.
Task<void> the_next_owner_cleans(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto first, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_each(*first, "abcdef"));
  EYRIE_CO_ASSERT_OK(co_await client.log.truncate(kTestChannel, 1, 4));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  co_await first->close();
  test.store.state.objects[block_key(kTestChannel, 1, 7)] = "late";
  test.store.state.objects[merged_block_key(kTestChannel, 2, 5, 0)] = "given up";
  EYRIE_CO_ASSERT_VALUE(const auto second, co_await client.log.open(kTestChannel, 2));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_EQ(test.objects().front(), "0000000000000003/00000000");
  EXPECT_EQ(co_await read_texts(client.log, 5, 2), "e f");
  co_await client.log.stop();
}

TEST_F(ChoresTest, TheNextOwnerRemovesWhatWasLeft) {
  options.segment_blocks = 2;
  run(the_next_owner_cleans);
}

// Readers that are in the middle of it read on.
Task<void> small_blocks_are_merged(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  ZeroDiskTest::Client other(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "abc"));
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await other.log.read(kTestChannel, 1));
  EYRIE_CO_ASSERT_VALUE(const WalEntry first, co_await reader->next());
  EXPECT_EQ(first.record, "a");
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "def"));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  const LogManifest manifest = test.manifest();
  EYRIE_CO_ASSERT(manifest.segments[0].merged.has_value());
  // Two letters fill a block.
  EXPECT_EQ(manifest.segments[0].merged->blocks, 3u);
  const std::uint64_t name = manifest.segments[0].merged->name;
  Names expected;
  for (std::uint64_t i = 0; i < 3; ++i) {
    expected.push_back(merged_block_key(kTestChannel, 1, name, i));
  }
  EXPECT_EQ(test.store.keys(), expected);
  for (const char letter : std::string("bcdef")) {
    EYRIE_CO_ASSERT_VALUE(const WalEntry entry, co_await reader->next());
    EXPECT_EQ(entry.record, std::string(1, letter));
    EXPECT_EQ(entry.term, 1);
  }
  for (WalPosition from = 1; from <= 6; ++from) {
    EXPECT_EQ(co_await read_texts(client.log, from, 1), std::string(1, char('a' + from - 1)));
  }
  co_await client.log.stop();
  co_await other.log.stop();
}

TEST_F(ChoresTest, SmallBlocksAreMergedUnderReaders) {
  options.segment_blocks = 6;
  options.merged_block_bytes = 10;
  run(small_blocks_are_merged);
}

Task<void> a_deposed_owner_merges_nothing(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "abcde"));
  const std::size_t before = test.objects().size();
  storage::KeyValue& stored = test.meta.items.at("log/" + std::string(kTestChannel));
  stored.value = encode_log_manifest(begin_opening(test.manifest(), 2, 5).value());
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "f"));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(5s));
  EXPECT_EQ(test.objects().size(), before + 1);
  EXPECT_EQ(test.manifest().term, 2);
  co_await client.log.stop();
}

TEST_F(ChoresTest, ADeposedOwnerMergesNothing) {
  options.segment_blocks = 6;
  options.merged_block_bytes = 10;
  run(a_deposed_owner_merges_nothing);
}

Task<void> a_missing_block_is_said(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await append_each(*writer, "abcd"));
  test.store.state.objects.erase(block_key(kTestChannel, 1, 1));
  EXPECT_TRUE((co_await read_texts(client.log, 2, 1)).starts_with("data_loss"));
  test.store.state.objects[block_key(kTestChannel, 1, 0)].back() ^= 1;
  EXPECT_TRUE((co_await read_texts(client.log, 1, 1)).starts_with("data_loss"));
  EXPECT_EQ(test.events.of("zero_disk.damaged"), 2);
  co_await client.log.stop();
}

TEST_F(ChoresTest, AMissingOrDamagedBlockIsSaidAndNotWaitedFor) {
  options.segment_blocks = 2;
  run(a_missing_block_is_said);
}

}  // namespace
}  // namespace eyrie::storage::test
