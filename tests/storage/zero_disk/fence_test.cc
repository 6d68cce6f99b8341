// Where a term of the zero-disk log ends (W1, W6).
#include "runtime/task_group.h"
#include "tests/storage/zero_disk/held_objects.h"

namespace eyrie::storage::test {
namespace {

using FenceTest = ZeroDiskTest;

bool ends_with(const std::string& key, const char* end) {
  return key.ends_with(end);
}

// Blocks 2 and 3 are stored, block 1 is on its way: the log ends behind block 0, whatever arrives.
Task<void> a_hole_ends_the_log(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client older(environment, test);
  ZeroDiskTest::Client newer(environment, test);
  test.store.fate = [](const std::string& key) {
    return ends_with(key, "/00000001") ? PutFate::hold : PutFate::pass;
  };
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await older.log.open(kTestChannel, 1));
  TaskGroup appends(co_await this_scope());
  std::vector<Status> statuses(4, Status(Code::internal, "not answered"));
  for (std::size_t i = 0; i < 4; ++i) {
    appends.spawn(note(writer->append("old" + std::to_string(i)), statuses[i]));
  }
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_TRUE(statuses[0].ok());
  EXPECT_EQ(statuses[2].code(), Code::internal);
  EXPECT_EQ(test.store.state.objects.size(), 3u);

  test.store.fate = [](const std::string&) { return PutFate::pass; };
  EYRIE_CO_ASSERT_VALUE(const auto next, co_await newer.log.open(kTestChannel, 2));
  EXPECT_EQ(next->next_position(), 2u);
  EXPECT_EQ(test.manifest().segments.front().blocks, 1u);
  EXPECT_EQ(test.store.state.objects.at(block_key(kTestChannel, 1, 1)).size(), kFenceBytes);
  test.store.release();
  co_await appends.join();
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(statuses[i].code(), Code::fenced) << i;
  EXPECT_EQ((co_await writer->append("later")).code(), Code::fenced);

  EYRIE_CO_ASSERT_OK(co_await next->append("new"));
  EXPECT_EQ(co_await read_texts(older.log, 1, 2), "old0 new");
  co_await older.log.stop();
  co_await newer.log.stop();
}

TEST_F(FenceTest, AHoleEndsTheLogWhateverLiesBehindIt) {
  run(a_hole_ends_the_log);
}

// A block whose writer heard nothing lands before the fence is put: then it is part of the log, and
// so is what was behind it.
Task<void> what_lands_before_the_fence_is_there(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client older(environment, test);
  ZeroDiskTest::Client newer(environment, test);
  test.store.fate = [](const std::string& key) {
    return ends_with(key, "/00000001") ? PutFate::late : PutFate::pass;
  };
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await older.log.open(kTestChannel, 1));
  TaskGroup appends(co_await this_scope());
  std::vector<Status> statuses(3);
  for (std::size_t i = 0; i < 3; ++i) {
    appends.spawn(note(writer->append("old" + std::to_string(i)), statuses[i]));
  }
  co_await appends.join();
  EXPECT_TRUE(statuses[0].ok());
  EXPECT_EQ(statuses[1].code(), Code::unknown);
  EXPECT_EQ(statuses[2].code(), Code::unknown);
  EXPECT_EQ((co_await writer->append("later")).code(), Code::unavailable);
  EXPECT_EQ(writer->next_position(), 4u);
  test.store.release();
  EYRIE_CO_ASSERT_VALUE(const auto next, co_await newer.log.open(kTestChannel, 2));
  EXPECT_EQ(next->next_position(), 4u);
  EXPECT_EQ(co_await read_texts(newer.log, 1, 3), "old0 old1 old2");
  co_await older.log.stop();
  co_await newer.log.stop();
}

TEST_F(FenceTest, WhatLandsBeforeTheFenceIsThere) {
  run(what_lands_before_the_fence_is_there);
}

// A writer that stood still while its segment was fenced off, merged or truncated away, and
// removed: its next block must still meet the fence.
Task<void> a_fence_outlives_its_segment(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client older(environment, test);
  ZeroDiskTest::Client newer(environment, test);
  test.store.fate = [](const std::string& key) {
    return ends_with(key, "1/00000002") ? PutFate::hold : PutFate::pass;
  };
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await older.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await writer->append("old0"));
  EYRIE_CO_ASSERT_OK(co_await writer->append("old1"));
  TaskGroup appends(co_await this_scope());
  Status late;
  appends.spawn(note(writer->append("old2"), late));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  test.store.fate = [](const std::string&) { return PutFate::pass; };
  EYRIE_CO_ASSERT_VALUE(const auto next, co_await newer.log.open(kTestChannel, 2));
  EYRIE_CO_ASSERT_OK(co_await next->append("new"));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  EXPECT_EQ(test.manifest().segments.front().merged.has_value(),
            test.options.merged_block_bytes > 0);
  if (test.options.merged_block_bytes == 0) {
    EYRIE_CO_ASSERT_OK(co_await newer.log.truncate(kTestChannel, 2, 2));
    EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1s));
  }
  EXPECT_FALSE(test.store.state.objects.contains(block_key(kTestChannel, 1, 0)));
  test.store.release();
  co_await appends.join();
  EXPECT_EQ(late.code(), Code::fenced);
  co_await older.log.stop();
  co_await newer.log.stop();
}

TEST_F(FenceTest, AFenceOutlivesItsSegmentThatWasTruncated) {
  run(a_fence_outlives_its_segment);
}

TEST_F(FenceTest, AFenceOutlivesItsSegmentsBlocksThatWereMerged) {
  options.merged_block_bytes = 1'000;
  run(a_fence_outlives_its_segment);
}

Task<void> an_opening_goes_on_after_a_lost_answer(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  ZeroDiskTest::Client other(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto first, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await first->append("old0"));
  test.store.fate = [](const std::string&) { return PutFate::lose_answer; };
  EXPECT_EQ((co_await client.log.open(kTestChannel, 2)).error().code(), Code::unknown);
  test.store.fate = [](const std::string&) { return PutFate::pass; };
  // Nobody else can have the term; whoever began can.
  EXPECT_EQ((co_await other.log.open(kTestChannel, 2)).error().code(), Code::fenced);
  EYRIE_CO_ASSERT_VALUE(const auto second, co_await client.log.open(kTestChannel, 2));
  EXPECT_EQ(second->next_position(), 2u);
  EXPECT_EQ((co_await client.log.open(kTestChannel, 2)).error().code(), Code::fenced);
  // And one that was never ended is in nobody's way.
  test.store.fate = [](const std::string&) { return PutFate::refuse; };
  EXPECT_EQ((co_await client.log.open(kTestChannel, 3)).error().code(), Code::unavailable);
  test.store.fate = [](const std::string&) { return PutFate::pass; };
  EYRIE_CO_ASSERT_VALUE(const auto fourth, co_await other.log.open(kTestChannel, 4));
  EXPECT_EQ((co_await client.log.open(kTestChannel, 3)).error().code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await fourth->append("new"));
  EXPECT_EQ(co_await read_texts(client.log, 1, 2), "old0 new");
  co_await client.log.stop();
  co_await other.log.stop();
}

TEST_F(FenceTest, AnOpeningGoesOnAfterALostAnswerAndOnlyForWhoBegan) {
  run(an_opening_goes_on_after_a_lost_answer);
}

// Behind the fence that an opener put before it died lie blocks: the next one ends there as well.
Task<void> a_fence_is_the_end(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client older(environment, test);
  ZeroDiskTest::Client newer(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto writer, co_await older.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await writer->append("old0"));
  EYRIE_CO_ASSERT_OK(co_await writer->append("old1"));
  EYRIE_CO_ASSERT_OK(co_await writer->append("old2"));
  const BlockHeader fence{
      .kind = BlockHeader::Kind::fence, .segment = 1, .index = 1, .writer = 5, .term = 2};
  test.store.state.objects[block_key(kTestChannel, 1, 1)] = encode_block(kTestChannel, fence, {});
  EYRIE_CO_ASSERT_VALUE(const auto next, co_await newer.log.open(kTestChannel, 3));
  EXPECT_EQ(next->next_position(), 2u);
  co_await older.log.stop();
  co_await newer.log.stop();
}

TEST_F(FenceTest, AFenceIsTheEndWhateverLiesBehindIt) {
  run(a_fence_is_the_end);
}

Task<void> open_and_note(ZeroDiskLog& log, WalTerm term, std::vector<std::string>& events) {
  const auto writer = co_await log.open(kTestChannel, term);
  events.push_back(std::to_string(term) + " " +
                   (writer ? std::to_string((*writer)->next_position())
                           : std::string(name_of(writer.error().code()))));
}

// Whichever fence came first is the end, and the lower term is the one that gives up.
Task<void> two_openers_agree(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client one(environment, test);
  ZeroDiskTest::Client two(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto first, co_await one.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await first->append("old0"));
  TaskGroup openings(co_await this_scope());
  std::vector<std::string> events;
  openings.spawn(open_and_note(one.log, 2, events));
  openings.spawn(open_and_note(two.log, 3, events));
  co_await openings.join();
  std::ranges::sort(events);
  EXPECT_TRUE(events[0] == "2 2" || events[0] == "2 fenced") << events[0];
  EXPECT_EQ(events[1], "3 2");
  co_await one.log.stop();
  co_await two.log.stop();
}

TEST_F(FenceTest, TwoOpenersAgreeOnTheEnd) {
  run(two_openers_agree);
}

Task<void> an_idle_term_leaves_nothing(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  for (WalTerm term = 1; term <= 5; ++term) {
    EYRIE_CO_ASSERT_VALUE(const auto writer, co_await client.log.open(kTestChannel, term));
    EXPECT_EQ(writer->next_position(), 1u);
    co_await writer->close();
  }
  EXPECT_EQ(test.manifest().segments.size(), 1u);
  co_await client.log.stop();
}

TEST_F(FenceTest, TermsThatWroteNothingLeaveNoSegments) {
  run(an_idle_term_leaves_nothing);
}

// The reader is at the fence before the manifest says where the segment ended.
Task<void> a_reader_waits_at_a_fence(Environment& environment, ZeroDiskTest& test) {
  ZeroDiskTest::Client client(environment, test);
  ZeroDiskTest::Client other(environment, test);
  EYRIE_CO_ASSERT_VALUE(const auto first, co_await client.log.open(kTestChannel, 1));
  EYRIE_CO_ASSERT_OK(co_await first->append("old0"));
  const BlockHeader fence{
      .kind = BlockHeader::Kind::fence, .segment = 1, .index = 1, .writer = 5, .term = 2};
  test.store.state.objects[block_key(kTestChannel, 1, 1)] = encode_block(kTestChannel, fence, {});
  EYRIE_CO_ASSERT_VALUE(const auto reader, co_await other.log.read(kTestChannel, 2));
  TaskGroup group(co_await this_scope());
  std::string read;
  group.spawn([](WalReader& from, std::string& into) -> Task<void> {
    const Result<WalEntry> entry = co_await from.next();
    into = entry ? entry->record : entry.error().to_string();
  }(*reader, read));
  EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(5s));
  EXPECT_EQ(read, "");
  EYRIE_CO_ASSERT_VALUE(const auto second, co_await other.log.open(kTestChannel, 2));
  EYRIE_CO_ASSERT_OK(co_await second->append("new"));
  co_await group.join();
  EXPECT_EQ(read, "new");
  co_await client.log.stop();
  co_await other.log.stop();
}

TEST_F(FenceTest, AReaderWaitsAtAFenceForTheNextSegment) {
  run(a_reader_waits_at_a_fence);
}

}  // namespace
}  // namespace eyrie::storage::test
