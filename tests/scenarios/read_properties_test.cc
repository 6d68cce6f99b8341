// The properties of reads (P7 to P11, P12d of queries and counts, P21, P26 of clients), each with a
// history that breaks it.
#include <gtest/gtest.h>

#include "tests/scenarios/history_story.h"

namespace eyrie::scenarios {
namespace {

constexpr std::uint64_t ms(std::uint64_t physical) {
  return physical << 18;
}

TEST(ReadProperties, P7AReadBelowAnAcknowledgedWrite) {
  EXPECT_EQ(king().query({1}, 20, 30, {}, 99).broken(), "P7");
  EXPECT_EQ(king().query({1}, 20, 30, {}, 100).broken(), "");
  EXPECT_EQ(king().query({1}, 20, 30, {}, 100).checked("P7"), 1u);
  // It was not acknowledged before the read began.
  EXPECT_EQ(king().query({1}, 10, 30, {}, 99).broken(), "");
}

TEST(ReadProperties, P7AStrongReadIsOfExactlyOneTime) {
  const auto read = [](Level level, std::vector<std::uint64_t> times, std::uint64_t requested) {
    Story story = king().query({0}, 20, 30, {row("king", 1)}, 150, level);
    story.last().guarantee_timestamp = 150;
    story.last().requested_timestamp = requested;
    story.last().read_timestamps = std::move(times);
    return story.broken();
  };
  EXPECT_EQ(read(Level::strong, {150, 150}, 0), "");
  EXPECT_EQ(read(Level::strong, {150, 151}, 0), "P7");
  EXPECT_EQ(read(Level::session, {150, 151}, 0), "");
  EXPECT_EQ(read(Level::pinned, {150, 150}, 150), "");
  EXPECT_EQ(read(Level::pinned, {151, 151}, 150), "P7");
  EXPECT_EQ(read(Level::pinned, {150, 150}, 149), "P7");
}

TEST(ReadProperties, P7ARowOfAnUnknownCallThatWasAcknowledged) {
  Story story = king();
  Operation& call = story.write(OpKind::insert, 1, 1, 11, 12, 200).last();
  call.outcome = Outcome::info;  // of another row, which is not told here
  EXPECT_EQ(story.query({0}, 20, 30, {row("king", 1)}, 199).broken(), "P7");
}

TEST(ReadProperties, P8ABoundedReadThatIsPromisedAnOlderState) {
  const auto bounded = [](std::uint64_t guarantee, std::uint64_t read) {
    Story story;
    story.write(OpKind::insert, 0, 1, 0, 10, ms(9'000));
    story.query({1}, 20, 30, {}, read, Level::bounded).last().guarantee_timestamp = guarantee;
    return story;
  };
  EXPECT_EQ(bounded(ms(4'000), ms(4'000)).broken(), "");
  EXPECT_EQ(bounded(ms(4'000), ms(4'000)).checked("P8"), 1u);
  EXPECT_EQ(bounded(ms(3'999), ms(9'000)).broken(), "P8");
  // As far behind as the proxies were told to allow.
  Story loose = bounded(ms(3'999), ms(9'000));
  loose.history.bounded_staleness = std::chrono::seconds(6);
  EXPECT_EQ(loose.broken(), "");
  // It was promised enough and read less.
  EXPECT_EQ(bounded(ms(4'000), ms(3'999)).broken(), "P8");
}

TEST(ReadProperties, P9ASessionThatGoesBack) {
  const auto session = [](std::uint64_t read) {
    return king().query({1}, 20, 30, {}, read, Level::session);
  };
  EXPECT_EQ(session(99).broken(), "P9");
  EXPECT_EQ(session(100).broken(), "");
  EXPECT_EQ(session(100).checked("P9"), 1u);
  // What it read before counts, whatever the level and the proxy; what others read does not.
  EXPECT_EQ(session(300).query({1}, 40, 50, {}, 299, Level::session).broken(), "P9");
  Story other = session(300).query({1}, 40, 50, {}, 299, Level::session);
  other.last().client = 1;
  EXPECT_EQ(other.broken(), "");
}

TEST(ReadProperties, P10ARowFromTheFutureOfItsSnapshot) {
  Story story = king().write(OpKind::insert, 1, 1, 11, 12, 200);
  const std::vector<SeenRow> both = {row("king", 1, 100), row("queen", 1, 200)};
  EXPECT_EQ(Story(story).query({0, 1}, 20, 30, both, 199, Level::eventually).broken(), "P10");
  EXPECT_EQ(Story(story).query({0, 1}, 20, 30, both, 200, Level::eventually).broken(), "");
  EXPECT_GT(Story(story).query({0, 1}, 20, 30, both, 200, Level::eventually).checked("P10"), 0u);
}

TEST(ReadProperties, P10ARowThatItsSnapshotHasIsMissing) {
  const auto weak = [](std::uint64_t read) {
    return king().query({0}, 20, 30, {}, read, Level::eventually);
  };
  EXPECT_EQ(weak(99).broken(), "");
  EXPECT_EQ(weak(100).broken(), "P10");
  // A delete of unknown outcome explains it.
  Story removed = king().write(OpKind::remove, 0, 2, 11, 12, 0, Outcome::info);
  EXPECT_EQ(removed.query({0}, 20, 30, {}, 100, Level::eventually).broken(), "");
}

TEST(ReadProperties, P10EachShardHasItsOwnTime) {
  Story story = king();
  story.history.shards = 2;
  story.query({0, 1, 2}, 20, 30, {}, 0, Level::eventually);  // of both shards
  Operation& read = story.last();
  for (const std::int32_t king_shard : {0, 1}) {
    read.read_shards = {0, 1};
    read.read_timestamps =
        king_shard == 0 ? std::vector<std::uint64_t>{100, 99} : std::vector<std::uint64_t>{99, 100};
    // Only one of the two is the shard of 'king', and says that it was there.
    const bool missed = story.broken() == "P10";
    read.read_timestamps = {read.read_timestamps[1], read.read_timestamps[0]};
    EXPECT_NE(missed, story.broken() == "P10");
  }
}

TEST(ReadProperties, P10AnAnswerIsOfEachShardOnce) {
  const auto searched = [](std::vector<std::int32_t> shards) {
    Story story = king().search(0, 20, 30, {scored("king", 1)}, 1);
    story.history.shards = 2;
    story.last().guarantee_timestamp = 1'000;
    story.last().read_timestamps.assign(shards.size(), 1'000);
    story.last().read_shards = std::move(shards);
    return story.broken();
  };
  EXPECT_EQ(searched({1, 0}), "");
  EXPECT_EQ(searched({0}), "P10");
  EXPECT_EQ(searched({0, 0}), "P10");
  EXPECT_EQ(searched({0, 1, 1}), "P10");
}

TEST(ReadProperties, P10WhatWasSeenWasWritten) {
  // Its client never learned that it was; a read that saw it did, and no later one may miss it.
  Story story;
  story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info)
      .query({0}, 20, 30, {row("king", 1, 100)}, 100, Level::eventually)
      .query({0}, 40, 50, {}, 100, Level::eventually);
  EXPECT_EQ(story.broken(), "P10 P12d");
}

TEST(ReadProperties, P11ACountThatIsOff) {
  const Story story = king().write(OpKind::insert, 1, 1, 11, 19, 110);
  EXPECT_EQ(Story(story).count(20, 30, 2).broken(), "");
  EXPECT_EQ(Story(story).count(20, 30, 2).checked("P11"), 1u);
  EXPECT_EQ(Story(story).count(20, 30, 1).broken(), "P11");
  EXPECT_EQ(Story(story).count(20, 30, 3).broken(), "P11");
  // Whatever the level, exactly by its timestamp.
  EXPECT_EQ(Story(story).count(20, 30, 1, 109, Level::eventually).broken(), "");
  EXPECT_EQ(Story(story).count(20, 30, 2, 109, Level::eventually).broken(), "P11");
  EXPECT_EQ(Story(story).count(20, 30, 1, 110, Level::eventually).broken(), "P11");
}

TEST(ReadProperties, P12dTwoReadsOfOneTimeThatDisagree) {
  const auto reads = [](std::vector<SeenRow> second) {
    return Story()
        .write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info)
        .query({0}, 20, 30, {}, 100)
        .query({0}, 40, 50, std::move(second), 100, Level::pinned);
  };
  EXPECT_EQ(reads({}).broken(), "");
  EXPECT_EQ(reads({}).checked("P12d"), 1u);
  EXPECT_EQ(reads({row("king", 1)}).broken(), "P12d");
}

TEST(ReadProperties, P12dACountIsTheNumberOfRowsThatQueriesFind) {
  const auto counted = [](std::int64_t rows) {
    Story story;
    story.write(OpKind::insert, 0, 1, 0, 10, 0, Outcome::info)
        .write(OpKind::insert, 1, 1, 11, 12, 90)
        .query({0}, 20, 30, {}, 100)
        .query({1}, 20, 30, {row("queen", 1, 90)}, 100);
    return story.count(40, 50, rows, 100);
  };
  EXPECT_EQ(counted(1).broken(), "");
  EXPECT_EQ(counted(2).broken(), "P12d");  // which the history alone allows
}

TEST(ReadProperties, P21ATimestampThatFellBack) {
  EXPECT_EQ(king().write(OpKind::insert, 1, 1, 20, 30, 90).broken(), "P21");
  EXPECT_EQ(king().write(OpKind::insert, 1, 1, 20, 30, 101).broken(), "");
  EXPECT_EQ(king().write(OpKind::insert, 1, 1, 20, 30, 101).checked("P21"), 1u);
  // What a strong read was promised had been handed out too.
  Story story;
  story.query({0}, 0, 10, {}, 100).last().guarantee_timestamp = 100;
  EXPECT_EQ(story.write(OpKind::insert, 1, 1, 20, 30, 100).broken(), "P21");
}

TEST(ReadProperties, P26AWriteToACollectionThatWasDropped) {
  const auto late = [](Outcome dropped, Outcome written) {
    Story story;
    story.definition(OpKind::create, 1, 0, 1).definition(OpKind::drop, 1, 2, 3, dropped);
    story.write(OpKind::insert, 0, 1, 4, 5, 100, written).last().collection = 1;
    if (written == Outcome::fail) story.last().error = "not_found: can't find collection";
    return story;
  };
  EXPECT_EQ(late(Outcome::ok, Outcome::ok).broken(), "P26");
  EXPECT_EQ(late(Outcome::ok, Outcome::fail).broken(), "");
  EXPECT_EQ(late(Outcome::ok, Outcome::fail).checked("P26"), 1u);
  // Who could not be reached has refused nothing.
  Story unreached = late(Outcome::ok, Outcome::fail);
  unreached.last().error = "unavailable: connection refused";
  EXPECT_EQ(unreached.checked("P26"), 0u);
  // One that was never made was never dropped.
  Story never;
  never.write(OpKind::insert, 0, 1, 4, 5, 100, Outcome::fail).last().collection = 1;
  never.last().error = "not_found: can't find collection";
  EXPECT_EQ(never.checked("P26"), 0u);
  // Of a batch that failed in part, what was acknowledged counts.
  for (const Outcome whole : {Outcome::info, Outcome::fail}) {
    Story partly = late(Outcome::ok, whole);
    partly.last().written.push_back({1, 1, Outcome::ok, 101});
    EXPECT_EQ(partly.broken(), "P26");
    partly.last().written.back().outcome = Outcome::info;
    EXPECT_EQ(partly.broken(), "");
  }
  EXPECT_EQ(late(Outcome::ok, Outcome::fail).definition(OpKind::describe, 1, 6, 7).broken(), "P26");
  EXPECT_EQ(late(Outcome::info, Outcome::ok).broken(), "");
  Story again = late(Outcome::ok, Outcome::fail).definition(OpKind::create, 1, 6, 7);
  again.write(OpKind::insert, 0, 2, 8, 9, 101).last().collection = 1;
  EXPECT_EQ(again.broken(), "");
}

TEST(ReadProperties, P26ACollectionIsDescribedAsOneAndAsAnotherOnceItWasMadeAnew) {
  const Described first = {7, 2};
  const auto described = [&](Described second, Described anew) {
    Story story;
    story.definition(OpKind::create, 1, 0, 1);
    story.definition(OpKind::describe, 1, 2, 3).last().described = first;
    story.definition(OpKind::describe, 1, 4, 5).last().described = second;
    story.definition(OpKind::drop, 1, 6, 7).definition(OpKind::create, 1, 8, 9);
    story.definition(OpKind::describe, 1, 10, 11).last().described = anew;
    return story;
  };
  EXPECT_EQ(described(first, {8, 2}).broken(), "");
  EXPECT_EQ(described(first, {8, 2}).checked("P26"), 2u);  // across the drop
  EXPECT_EQ(described({8, 2}, {9, 2}).broken(), "P26");
  EXPECT_EQ(described({7, 1}, {8, 2}).broken(), "P26");
  EXPECT_EQ(described(first, first).broken(), "P26");
  // An answer that lost its collection's id, as one of an older history has, says nothing.
  EXPECT_EQ(described({}, {}).broken(), "");
  // It may have been dropped and made anew.
  Story doubtful;
  doubtful.definition(OpKind::create, 1, 0, 1);
  doubtful.definition(OpKind::describe, 1, 2, 3).last().described = first;
  doubtful.definition(OpKind::drop, 1, 4, 5, Outcome::info);
  doubtful.definition(OpKind::describe, 1, 6, 7).last().described = {8, 2};
  EXPECT_EQ(doubtful.broken(), "");
}

TEST(ReadProperties, P26ACollectionThatWasMadeAnewShowsWhatWasWrittenSince) {
  const auto asked = [](std::vector<SeenRow> seen) {
    Story story;
    story.definition(OpKind::create, 1, 0, 1);
    story.write(OpKind::insert, 0, 1, 2, 3, 100).last().collection = 1;
    story.definition(OpKind::drop, 1, 4, 5).definition(OpKind::create, 1, 6, 7);
    story.write(OpKind::insert, 1, 2, 8, 9, 110).last().collection = 1;
    story.query({0, 1}, 10, 11, std::move(seen), 120).last().collection = 1;
    return story;
  };
  EXPECT_EQ(asked({row("queen", 2)}).broken(), "");
  EXPECT_GT(asked({row("queen", 2)}).checked("P26"), 0u);
  EXPECT_EQ(asked({row("king", 1), row("queen", 2)}).broken(), "P26");
  EXPECT_EQ(asked({row("queen", 2, 0, false)}).broken(), "P26");
  EXPECT_EQ(asked({}).broken(), "P26");
  const auto counted = [&](std::int64_t rows) {
    Story story = asked({row("queen", 2)});
    story.count(12, 13, rows, 120).last().collection = 1;
    return story.broken();
  };
  EXPECT_EQ(counted(1), "");
  EXPECT_EQ(counted(2), "P26");
  EXPECT_EQ(counted(0), "P26");
  // A write of unknown outcome may come in a later life, one that was answered may not (H1).
  const auto late = [](Outcome outcome) {
    Story story;
    story.definition(OpKind::create, 1, 0, 1);
    const std::uint64_t timestamp = outcome == Outcome::ok ? 100 : 0;
    story.write(OpKind::insert, 0, 1, 2, 3, timestamp, outcome).last().collection = 1;
    story.definition(OpKind::drop, 1, 4, 5).definition(OpKind::create, 1, 6, 7);
    story.query({0}, 10, 11, {row("king", 1)}, 120).last().collection = 1;
    return story.broken();
  };
  EXPECT_EQ(late(Outcome::info), "");
  EXPECT_EQ(late(Outcome::ok), "P26");
  // Nothing is read out of what was dropped.
  Story dropped = asked({row("queen", 2)}).definition(OpKind::drop, 1, 14, 15);
  EXPECT_EQ(dropped.count(16, 17, 0, 120).broken(), "");
  dropped.last().collection = 1;
  EXPECT_EQ(dropped.broken(), "P26");
}

}  // namespace
}  // namespace eyrie::scenarios
