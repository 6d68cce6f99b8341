// The properties of what the simulator observes inside (P20, P22 to P36), each broken once.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {
namespace {

using Kind = RecordDurable::Kind;

class Inside {
 public:
  Inside& see(Observation what) {
    observations.push_back({static_cast<sim::SimTime>(observations.size()), std::move(what)});
    return *this;
  }
  Inside& opened(std::int64_t term) { return opened(term, last_ + 1); }
  Inside& opened(std::int64_t term, std::uint64_t begins) {
    return see(LogOpened{"c", term, begins});
  }
  Inside& durable(std::uint64_t position, std::int64_t term, std::uint64_t timestamp,
                  Kind kind = Kind::rows, std::int64_t segment = 7) {
    RecordDurable record{"c", term, position, timestamp, kind, 1, "c_1v0", segment};
    last_ = position;
    return see(record);
  }

  std::string broken() const {
    std::string ids;
    for (const PropertyResult& property : check_observations(observations)) {
      if (!property.violations.empty()) ids += (ids.empty() ? "" : " ") + property.id;
    }
    return ids;
  }
  std::uint64_t checked(const std::string& id) const {
    for (const PropertyResult& property : check_observations(observations)) {
      if (property.id == id) return property.checked;
    }
    return 0;
  }

  Observations observations;

 private:
  std::uint64_t last_ = 0;  // position
};

// A channel in term 1, where the collection was created and has one record of rows.
Inside written() {
  return Inside().opened(1).durable(1, 1, 10, Kind::create).durable(2, 1, 20);
}

TEST(Observations, P20IdsThatOverlap) {
  const auto ids = [](std::int64_t first, std::int64_t count) {
    return Inside().see(IdsAllocated{100, 10}).see(IdsAllocated{first, count});
  };
  EXPECT_EQ(ids(110, 5).broken(), "");
  EXPECT_EQ(ids(110, 5).checked("P20"), 1u);
  EXPECT_EQ(ids(90, 10).broken(), "");
  EXPECT_EQ(ids(109, 5).broken(), "P20");
  EXPECT_EQ(ids(90, 11).broken(), "P20");
  EXPECT_EQ(ids(95, 50).broken(), "P20");
}

TEST(Observations, P20WhatIsNamedTwice) {
  EXPECT_EQ(written().durable(3, 1, 30, Kind::rows, 7).broken(), "");
  EXPECT_EQ(written().opened(2).durable(3, 2, 30, Kind::rows, 7).broken(), "P20");
  const auto twice = [](Observation first, Observation second) {
    return Inside().see(std::move(first)).see(std::move(second)).broken();
  };
  EXPECT_EQ(twice(CollectionSaved{1, "a", false}, CollectionSaved{1, "a", false}), "");
  EXPECT_EQ(twice(CollectionSaved{1, "a", false}, CollectionSaved{1, "b", false}), "P20");
  EXPECT_EQ(twice(ObjectWritten{"o", 5}, ObjectWritten{"o", 5}), "");
  EXPECT_EQ(twice(ObjectWritten{"o", 5}, ObjectWritten{"o", 6}), "P20");
  EXPECT_EQ(twice(NodeRegistered{"n", 5}, NodeRegistered{"n", 6}), "");
  EXPECT_EQ(twice(NodeRegistered{"n", 5}, NodeRegistered{"n", 5}), "P20");
}

TEST(Observations, P22WhatWasAcknowledgedIsInTheLog) {
  EXPECT_EQ(written().see(RecordAcknowledged{"c", 1, 2, 20}).broken(), "");
  EXPECT_EQ(written().see(RecordAcknowledged{"c", 1, 2, 20}).checked("P22"), 1u);
  EXPECT_EQ(written().see(RecordAcknowledged{"c", 1, 3, 30}).broken(), "P22");
  EXPECT_EQ(written().see(RecordAcknowledged{"c", 1, 2, 21}).broken(), "P22");
}

TEST(Observations, P22PositionsAreDenseAndTimestampsRise) {
  EXPECT_EQ(written().durable(3, 1, 21).broken(), "");
  EXPECT_EQ(written().durable(4, 1, 21).broken(), "P22");
  EXPECT_EQ(written().durable(3, 1, 20).broken(), "P22");
}

TEST(Observations, P22AReaderGetsWhatWasWritten) {
  const Inside begun = written().see(RecordRead{"c", 1, 1, 10});
  EXPECT_EQ(Inside(begun).see(RecordRead{"c", 1, 2, 20}).broken(), "");
  EXPECT_EQ(Inside(begun).see(RecordRead{"c", 1, 2, 19}).broken(), "P22");
  EXPECT_EQ(Inside(begun).see(RecordRead{"c", 1, 2, 20}).see(RecordRead{"c", 1, 3, 30}).broken(),
            "P22");
}

TEST(Observations, P22ARecoveryCrossesNoHole) {
  const Inside base = written().durable(3, 1, 30).see(SegmentSaved{7, "c_1v0", 2});
  const auto read = [&](std::uint64_t checkpoint, std::vector<std::uint64_t> positions) {
    Inside story = base;
    if (checkpoint > 0) story.see(CheckpointSaved{"c", checkpoint});
    for (const std::uint64_t position : positions) {
      story.see(RecordRead{"c", 1, position, position * 10, 2});
    }
    return story.broken();
  };
  EXPECT_EQ(read(0, {1, 2, 3}), "");
  EXPECT_EQ(read(1, {2, 3}), "");
  EXPECT_EQ(read(1, {3}), "P22");
  EXPECT_EQ(read(0, {1, 3}), "P22");
  EXPECT_EQ(read(0, {1, 2, 2}), "P22");
  // Before the first checkpoint it begins with the first record.
  EXPECT_EQ(read(0, {2, 3}), "P22");
  // Two recoveries at the same time.
  Inside both = base;
  both.see(RecordRead{"c", 1, 1, 10, 2}).see(RecordRead{"c", 1, 2, 20, 2});
  both.see(RecordRead{"c", 1, 1, 10, 3});
  EXPECT_EQ(both.see(RecordRead{"c", 1, 3, 30, 2}).see(RecordRead{"c", 1, 2, 20, 3}).broken(), "");
}

TEST(Observations, P22ARecoveryEndsWhereItsTermBegins) {
  const Inside base = written().durable(3, 1, 30).see(CollectionSaved{1, "words", false});
  const auto recovered = [&](std::vector<std::uint64_t> positions) {
    Inside story = base;
    story.opened(2);
    for (const std::uint64_t position : positions) {
      story.see(RecordRead{"c", 1, position, position * 10, 2});
    }
    return story.see(RecoveryEnded{"c", 2}).broken();
  };
  EXPECT_EQ(recovered({1, 2, 3}), "");
  EXPECT_EQ(recovered({1, 2}), "P22");
  EXPECT_EQ(recovered({}), "P22");
}

TEST(Observations, P22AnOpeningBeginsBehindTheLastRecord) {
  EXPECT_EQ(written().opened(2, 3).broken(), "");
  EXPECT_EQ(written().opened(2, 2).broken(), "P22");
  EXPECT_EQ(written().opened(2, 4).broken(), "P22");
}

TEST(Observations, P23AFencedWriterThatWritesOn) {
  const Inside good = written().opened(2).durable(3, 2, 30, Kind::rows, 8);
  EXPECT_EQ(good.broken(), "");
  EXPECT_EQ(good.checked("P23"), 1u);
  EXPECT_EQ(written().checked("P23"), 0u);
  EXPECT_EQ(written().opened(2).durable(3, 1, 30).broken(), "P23");
  EXPECT_EQ(written().opened(1).broken(), "P23");
  const Inside saved = written().see(SegmentSaved{7, "c_1v0", 2}).see(CheckpointSaved{"c", 2});
  EXPECT_EQ(Inside(saved).opened(2).see(LogTruncated{"c", 2, 2}).broken(), "");
  EXPECT_EQ(Inside(saved).opened(2).see(LogTruncated{"c", 1, 2}).broken(), "P23");
  // Somebody answers for a record that another term has put there.
  EXPECT_EQ(Inside(good).see(RecordAcknowledged{"c", 1, 3, 30}).broken(), "P23");
}

TEST(Observations, P24ARecordBehindItsTick) {
  EXPECT_EQ(written().see(TickEmitted{"c", 1, 25}).durable(3, 1, 26).broken(), "");
  EXPECT_EQ(written().see(TickEmitted{"c", 1, 25}).durable(3, 1, 26).checked("P24"), 1u);
  EXPECT_EQ(written().see(TickEmitted{"c", 1, 25}).durable(3, 1, 25).broken(), "P24");
}

TEST(Observations, P26DataWithoutItsCollection) {
  EXPECT_EQ(Inside().opened(1).durable(1, 1, 10).broken(), "P26");
  const Inside dropped = written().durable(3, 1, 30, Kind::drop);
  EXPECT_EQ(dropped.broken(), "");
  EXPECT_EQ(dropped.checked("P26"), 1u);
  EXPECT_EQ(Inside(dropped).durable(4, 1, 40).broken(), "P26");
  EXPECT_EQ(Inside(dropped).durable(4, 1, 40, Kind::deletes).broken(), "P26");
}

TEST(Observations, P30ACheckpointAboveRowsThatAreNotSaved) {
  const Inside saved = written().see(SegmentSaved{7, "c_1v0", 2});
  EXPECT_EQ(Inside(saved).see(CheckpointSaved{"c", 2}).broken(), "");
  EXPECT_EQ(Inside(saved).see(CheckpointSaved{"c", 2}).checked("P30"), 1u);
  EXPECT_EQ(written().see(CheckpointSaved{"c", 1}).broken(), "");
  EXPECT_EQ(written().see(CheckpointSaved{"c", 2}).broken(), "P30");
  EXPECT_EQ(written().see(SegmentSaved{7, "c_1v0", 1}).see(CheckpointSaved{"c", 2}).broken(),
            "P30");
  // With its collection its rows have gone, and as soon as the drop is decided.
  EXPECT_EQ(written().see(CollectionSaved{1, "a", true}).see(CheckpointSaved{"c", 2}).broken(), "");
  EXPECT_EQ(written().see(CollectionSaved{1, "a", false}).see(CheckpointSaved{"c", 2}).broken(),
            "P30");
  EXPECT_EQ(written().durable(3, 1, 30, Kind::drop).see(CheckpointSaved{"c", 3}).broken(), "");
}

TEST(Observations, P30ACheckpointAboveDeletesThatAreNotSaved) {
  const Inside deleted =
      written().see(SegmentSaved{7, "c_1v0", 2}).durable(3, 1, 30, Kind::deletes);
  EXPECT_EQ(Inside(deleted).see(CheckpointSaved{"c", 3}).broken(), "P30");
  EXPECT_EQ(Inside(deleted).see(DeltaSaved{9, "c_1v0", 3}).see(CheckpointSaved{"c", 3}).broken(),
            "");
}

TEST(Observations, P30WhatIsSavedHasItsObjects) {
  EXPECT_EQ(written().see(SegmentSaved{7, "c_1v0", 2, "rows"}).broken(), "P30");
  EXPECT_EQ(written().see(DeltaSaved{9, "c_1v0", 2, "deletes"}).broken(), "P30");
  EXPECT_EQ(written().see(DeltaSaved{9, "c_1v0", 2, ""}).broken(), "P30");
  EXPECT_EQ(written().see(SegmentSaved{7, "c_1v0", 2}).see(DeltaSaved{9, "c_1v0", 2}).broken(), "");
}

TEST(Observations, P30CheckpointsRiseAndTheLogIsCutBelowThem) {
  const Inside saved = written().see(SegmentSaved{7, "c_1v0", 2}).see(CheckpointSaved{"c", 2});
  EXPECT_EQ(Inside(saved).see(CheckpointSaved{"c", 1}).broken(), "P30");
  EXPECT_EQ(Inside(saved).see(LogTruncated{"c", 1, 2}).broken(), "");
  EXPECT_EQ(Inside(saved).see(LogTruncated{"c", 1, 3}).broken(), "P30");
}

TEST(Observations, P31WhatAMetaStoreCommittedIsThereWhenItOpensAgain) {
  EXPECT_EQ(Inside().see(MetaStoreOpened{1, 0}).checked("P31"), 0u);
  const auto opened = [](std::int64_t revision) {
    return Inside().see(MetaStoreOpened{1, 0}).see(MetaStoreOpened{revision, 7});
  };
  EXPECT_EQ(opened(7).checked("P31"), 1u);
  EXPECT_EQ(opened(7).broken(), "");
  EXPECT_EQ(opened(8).broken(), "");  // it ended before it said so
  EXPECT_EQ(opened(6).broken(), "P31");
}

TEST(Observations, P36ACoordinatorThatWritesAfterItsSuccessor) {
  const auto writes = [](std::int64_t first, std::int64_t second) {
    return Inside().see(CatalogWritten{10, first, "k"}).see(CatalogWritten{11, second, "k"});
  };
  EXPECT_EQ(writes(5, 5).broken(), "");
  EXPECT_EQ(writes(5, 5).checked("P36"), 0u);
  EXPECT_EQ(writes(5, 9).broken(), "");
  EXPECT_EQ(writes(5, 9).checked("P36"), 1u);
  EXPECT_EQ(writes(9, 5).broken(), "P36");
  EXPECT_EQ(writes(5, 0).broken(), "P36");
}

TEST(Properties, EachHasANameAndAPremise) {
  for (const Property& property : all_properties()) {
    EXPECT_EQ(find_property(property.id), &property);
    EXPECT_FALSE(property.name.empty());
    EXPECT_FALSE(property.premise.empty());
  }
  EXPECT_EQ(find_property("P0"), nullptr);
}

// An object of attempt 5, written and named by a segment.
const std::string kObject = "insert_log/1/1/7/2.5";
Inside uploaded() {
  return Inside().see(AttemptChanged{5, true}).see(ObjectWritten{kObject, 1});
}
Inside named() {
  return uploaded().see(ObjectsNamed{"segment/c_1v0/7", {kObject}}).see(AttemptChanged{5, false});
}

TEST(Observations, P32WhatIsNamedOrOnItsWayIsRemoved) {
  EXPECT_EQ(uploaded().see(ObjectRemoved{kObject}).broken(), "P32");
  EXPECT_EQ(named().see(ObjectRemoved{kObject}).broken(), "P32");
  const auto given_up = uploaded().see(AttemptChanged{5, false}).see(ObjectRemoved{kObject});
  EXPECT_EQ(given_up.broken(), "");
  EXPECT_EQ(given_up.checked("P32"), 1u);
  EXPECT_EQ(named().see(ObjectsNamed{"segment/c_1v0/7", {}}).see(ObjectRemoved{kObject}).broken(),
            "");
  // A tombstone keeps it.
  Inside buried = named();
  buried.see(ObjectsNamed{"garbage/c_1v0/7", {kObject}}).see(ObjectsNamed{"segment/c_1v0/7", {}});
  EXPECT_EQ(Inside(buried).see(ObjectRemoved{kObject}).broken(), "P32");
  buried.see(ObjectsNamed{"garbage/c_1v0/7", {}}).see(ObjectRemoved{kObject});
  EXPECT_EQ(buried.broken(), "");
  // What is not one of these objects is another's.
  EXPECT_EQ(Inside().see(ObjectRemoved{"log/ch-0/1/2"}).checked("P32"), 0u);
}

TEST(Observations, P32WhatIsReadIsNotThere) {
  const ObjectMissed load{"a load", "c-1_12v0", 7, 4};
  const Inside owned = Inside().see(ChannelAssigned{"c-1", 4});
  EXPECT_EQ(Inside().see(load).broken(), "P32");
  EXPECT_EQ(Inside(owned).see(load).broken(), "P32");
  // For nobody: another one owns the channel, or the collection was dropped.
  EXPECT_EQ(Inside(owned).see(ChannelAssigned{"c-1", 5}).see(load).broken(), "");
  EXPECT_EQ(Inside(owned).see(ChannelAssigned{"c-2", 5}).see(load).broken(), "P32");
  EXPECT_EQ(Inside(owned).see(CollectionSaved{12, "words", true}).see(load).broken(), "");
  EXPECT_EQ(Inside(owned).see(CollectionSaved{12, "words", false}).see(load).broken(), "P32");
  EXPECT_EQ(Inside(owned).see(CollectionSaved{1, "words", true}).see(load).broken(), "P32");
  // The leader's plans, one of which says its segment alone.
  const ObjectMissed compaction{"a compaction", "c-1_12v0", 0, 0};
  EXPECT_EQ(Inside(owned).see(compaction).broken(), "P32");
  const ObjectMissed build{"an index build", "", 7, 0};
  const Inside saved = Inside(owned).see(SegmentSaved{7, "c-1_12v0", 2});
  EXPECT_EQ(Inside(saved).see(build).broken(), "P32");
  EXPECT_EQ(Inside(saved).see(CollectionSaved{12, "words", true}).see(build).broken(), "");
}

// Names that were removed meanwhile are not known.
TEST(Observations, P32SaysNothingBehindChangesThatNobodyTold) {
  EXPECT_EQ(named().see(MetaStoreOpened{9, 5, true}).see(ObjectRemoved{kObject}).broken(), "");
  EXPECT_EQ(named().see(MetaStoreOpened{9, 5, false}).see(ObjectRemoved{kObject}).broken(), "P32");
}

TEST(Observations, P33WhatIsNamedIsNotThere) {
  EXPECT_EQ(named().broken(), "");
  EXPECT_EQ(named().checked("P33"), 1u);
  EXPECT_EQ(Inside().see(ObjectsNamed{"l0/c_1v0/7", {kObject}}).broken(), "P33");
  EXPECT_EQ(uploaded()
                .see(AttemptChanged{5, false})
                .see(ObjectRemoved{kObject})
                .see(ObjectsNamed{"segment/c_1v0/7", {kObject}})
                .broken(),
            "P33");
}

TEST(Observations, P34GarbageThatASearchForItLeaves) {
  const auto search = [](Inside inside, bool removes) {
    inside.see(GarbageSought{"c", false});
    if (removes) inside.see(ObjectRemoved{kObject});
    return inside.see(GarbageSought{"c", true});
  };
  const Inside garbage = uploaded().see(AttemptChanged{5, false});
  EXPECT_EQ(search(garbage, false).broken(), "P34");
  EXPECT_EQ(search(garbage, true).broken(), "");
  EXPECT_EQ(search(garbage, true).checked("P34"), 1u);
  EXPECT_EQ(search(named(), false).broken(), "");
  EXPECT_EQ(search(uploaded(), false).broken(), "");
  EXPECT_EQ(search(named(), false).checked("P34"), 0u);
  // What becomes garbage meanwhile is for the next search, and another's search says nothing.
  Inside late = uploaded();
  late.see(GarbageSought{"c", false}).see(AttemptChanged{5, false});
  EXPECT_EQ(Inside(late).see(GarbageSought{"c", true}).broken(), "");
  EXPECT_EQ(Inside(late).see(GarbageSought{"d", true}).broken(), "");
}

}  // namespace
}  // namespace eyrie::scenarios
