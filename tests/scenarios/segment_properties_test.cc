// P27 and P28: where the rows and deletes of a shard are, each rule broken once.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {
namespace {

using Kind = RecordDurable::Kind;
using Rows = std::vector<StoredRow>;

constexpr char kShard[] = "c_1v0";

StoredRowsRef file(Rows rows) {
  return std::make_shared<const Rows>(std::move(rows));
}

// Rows (key, timestamp) have the fields 100 * key + timestamp.
Rows rows_of(std::vector<std::pair<std::uint64_t, std::uint64_t>> rows) {
  Rows made;
  for (const auto& [key, timestamp] : rows) {
    made.push_back({key, timestamp, 100 * key + timestamp});
  }
  return made;
}

// Two segments of a shard: 11 has rows 1@10 and 2@11, 12 has 3@12; key 1 was deleted at 20 and is
// in delta log 13. The checkpoint has passed all of it, at revision 5.
class Shard {
 public:
  Shard() {
    write(10, rows_of({{1, 10}}));
    write(11, rows_of({{2, 11}}));
    write(12, rows_of({{3, 12}}));
    remove(20, 1);
    see(SegmentSaved{11, kShard, 2, {}, 2, file(rows_of({{1, 10}, {2, 11}})), {}});
    see(SegmentSaved{12, kShard, 3, {}, 3, file(rows_of({{3, 12}})), {}});
    see(DeltaSaved{13, kShard, 4, {}, 4, file({{1, 20, 0}})});
    see(CheckpointSaved{"c", 4});
  }
  Shard& see(Observation what) {
    observations_.push_back({0, std::move(what)});
    return *this;
  }
  Shard& write(std::uint64_t timestamp, Rows rows) {
    RecordDurable record{"c", 1, ++position_, timestamp, Kind::rows, 1, kShard, 11};
    record.rows = std::move(rows);
    return see(record);
  }
  Shard& remove(std::uint64_t timestamp, std::uint64_t key) {
    RecordDurable record{"c", 1, ++position_, timestamp, Kind::deletes, 1, kShard, 0};
    record.deleted = {key};
    return see(record);
  }
  // Of the two segments into 14, in revision 8.
  Shard& merge(Rows output, std::uint64_t horizon, std::vector<StoredRowsRef> deletes = {}) {
    see(SegmentRemoved{11, kShard, 8}).see(SegmentRemoved{12, kShard, 8});
    if (!output.empty()) {
      see(SegmentSaved{14, kShard, 3, {}, 8, file(std::move(output)), std::move(deletes)});
    }
    if (horizon > 0) see(HorizonSaved{kShard, horizon, 8});
    return *this;
  }
  // Delta log 13, of which segment 11 gets this.
  Shard& hand_out(std::vector<StoredRowsRef> share) {
    if (!share.empty()) {
      see(SegmentSaved{11, kShard, 2, {}, 8, file(rows_of({{1, 10}, {2, 11}})), std::move(share)});
    }
    return see(DeltaRemoved{13, kShard, 8});
  }
  std::string broken() const {
    std::string ids;
    for (const PropertyResult& property : check_segments(observations_)) {
      if (!property.violations.empty()) ids += (ids.empty() ? "" : " ") + property.id;
    }
    return ids;
  }
  std::uint64_t checked(const std::string& id) const {
    for (const PropertyResult& property : check_segments(observations_)) {
      if (property.id == id) return property.checked;
    }
    return 0;
  }

 private:
  Observations observations_;
  std::uint64_t position_ = 0;
};

TEST(SegmentProperties, AMergeThatDropsWhatIsDeadHolds) {
  EXPECT_EQ(Shard().broken(), "");
  EXPECT_EQ(Shard().checked("P28"), 0u);
  EXPECT_EQ(Shard().checked("P27"), 3u);
  const Shard dropped = Shard().merge(rows_of({{2, 11}, {3, 12}}), 20);
  EXPECT_EQ(dropped.broken(), "");
  EXPECT_EQ(dropped.checked("P28"), 1u);
  EXPECT_EQ(Shard().merge(rows_of({{1, 10}, {2, 11}, {3, 12}}), 0).broken(), "");
}

TEST(SegmentProperties, P28ARowThatIsLostOrDroppedTooEarly) {
  EXPECT_EQ(Shard().merge(rows_of({{1, 10}, {3, 12}}), 20).broken(), "P27 P28");
  EXPECT_EQ(Shard().merge({}, 20).broken(), "P27 P28");
  // The horizon must be at or above the delete.
  EXPECT_EQ(Shard().merge(rows_of({{2, 11}, {3, 12}}), 19).broken(), "P27 P28");
  EXPECT_EQ(Shard().merge(rows_of({{2, 11}, {3, 12}}), 0).broken(), "P27 P28");
}

TEST(SegmentProperties, P28ARowThatIsChangedOrDoubledOrAdded) {
  Rows changed = rows_of({{2, 11}, {3, 12}});
  changed[0].fields = 7;
  EXPECT_EQ(Shard().merge(changed, 20).broken(), "P27 P28");
  EXPECT_EQ(Shard().merge(rows_of({{2, 11}, {3, 12}, {9, 12}}), 20).broken(), "P27 P28");
  // An input that stays beside the output.
  Shard doubled;
  doubled.see(SegmentRemoved{12, kShard, 8});
  doubled.see(SegmentSaved{14, kShard, 3, {}, 8, file(rows_of({{2, 11}, {3, 12}})), {}});
  EXPECT_EQ(doubled.broken(), "P27 P28");
}

TEST(SegmentProperties, ADeleteIsHandedOutToTheSegmentThatItConcerns) {
  const StoredRowsRef share = file({{1, 20, 0}});
  EXPECT_EQ(Shard().hand_out({share}).broken(), "");
  EXPECT_EQ(Shard().hand_out({share}).checked("P28"), 1u);
  EXPECT_EQ(Shard().hand_out({}).broken(), "P27 P28");
  EXPECT_EQ(Shard().hand_out({file({{2, 20, 0}})}).broken(), "P27 P28");
}

TEST(SegmentProperties, P28DeletesAboveTheHorizonGoWithTheOutput) {
  const auto merged = [](std::vector<StoredRowsRef> deletes) {
    Shard shard;
    shard.see(SegmentSaved{
        11, kShard, 2, {}, 7, file(rows_of({{1, 10}, {2, 11}})), {file({{1, 20, 0}})}});
    shard.see(DeltaRemoved{13, kShard, 7});
    return shard.merge(rows_of({{1, 10}, {2, 11}, {3, 12}}), 0, std::move(deletes)).broken();
  };
  EXPECT_EQ(merged({file({{1, 20, 0}})}), "");
  EXPECT_EQ(merged({}), "P27 P28");
}

// Without a compaction: what a flush and its checkpoint must leave.
TEST(SegmentProperties, P27WhatTheCheckpointPassedIsInTheSegments) {
  Shard lost;
  lost.write(30, rows_of({{5, 30}}));
  EXPECT_EQ(lost.broken(), "");
  lost.see(CheckpointSaved{"c", 5});
  EXPECT_EQ(lost.broken(), "P27");
  Shard undead;
  undead.remove(30, 2);
  EXPECT_EQ(undead.broken(), "");
  undead.see(CheckpointSaved{"c", 5});
  EXPECT_EQ(undead.broken(), "P27");
}

TEST(SegmentProperties, WhatGoesWithItsCollectionOrWasMissedIsNotJudged) {
  Shard dropped;
  dropped.see(CollectionSaved{1, "words", true}).merge({}, 0);
  EXPECT_EQ(dropped.broken(), "");
  Shard blind;
  blind.see(MetaStoreOpened{9, 7, true}).merge({}, 0);
  EXPECT_EQ(blind.broken(), "");
}

}  // namespace
}  // namespace eyrie::scenarios
