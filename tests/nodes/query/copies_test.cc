#include "nodes/query/copies.h"

#include <gtest/gtest.h>

namespace eyrie::query {
namespace {

internal::CopyOwner owner(std::int64_t term, const std::string& channel = "ch") {
  internal::CopyOwner made;
  made.set_channel(channel);
  made.set_term(term);
  return made;
}

std::shared_ptr<SegmentCopy> empty_copy() {
  return std::make_shared<SegmentCopy>(std::make_shared<SegmentData>());
}

TEST(Copies, AHigherTermDropsTheCopiesOfLowerOnesAndFencesTheirOwner) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 1, 5}).ok());
  EXPECT_TRUE(copies.enter(owner(1, "other")).ok());
  EXPECT_TRUE(copies.put(owner(1, "other"), 8, {empty_copy(), 1, 6}).ok());
  EXPECT_TRUE(copies.enter(owner(2)).ok());
  EXPECT_EQ(copies.find(owner(2), 7).error().milvus_code(), 600);
  EXPECT_EQ(copies.enter(owner(1)).code(), Code::fenced);
  EXPECT_TRUE(copies.find(owner(1, "other"), 8).has_value());
  EXPECT_EQ(copies.size(), 1U);
}

// Deletes may have been applied to the later one's copy, and nobody would apply them again (S2).
TEST(Copies, ALoadThatEndsBehindALaterOneLeavesThatOnesCopy) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  const auto later = empty_copy();
  EXPECT_TRUE(copies.put(owner(1), 7, {later, 2, 5}).ok());
  EXPECT_EQ(copies.put(owner(1), 7, {empty_copy(), 1, 5}).code(), Code::conflict);
  EXPECT_EQ(copies.put(owner(1), 7, {empty_copy(), 2, 5}).code(), Code::conflict);
  EXPECT_EQ(copies.find(owner(1), 7).value(), later);
}

TEST(Copies, ALaterLoadReplacesTheCopy) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 1, 5}).ok());
  const auto later = empty_copy();
  EXPECT_TRUE(copies.put(owner(1), 7, {later, 2, 5}).ok());
  EXPECT_EQ(copies.find(owner(1), 7).value(), later);
  EXPECT_EQ(copies.size(), 1U);
}

TEST(Copies, WhatWasReleasedMayBeLoadedAgain) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 1, 5}).ok());
  copies.release(owner(1), 7, 1);
  EXPECT_FALSE(copies.find(owner(1), 7).has_value());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 2, 5}).ok());
  EXPECT_TRUE(copies.find(owner(1), 7).has_value());
}

// A release may arrive late, behind a load that came after it.
TEST(Copies, AReleaseSparesTheCopyOfALaterLoad) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 3, 5}).ok());
  copies.release(owner(1), 7, 2);
  EXPECT_TRUE(copies.find(owner(1), 7).has_value());
  copies.release(owner(1), 7, 3);
  EXPECT_FALSE(copies.find(owner(1), 7).has_value());
}

TEST(Copies, LoadsThatAreUnderWayCountAgainstTheLimit) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 1, 5}).ok());
  EXPECT_TRUE(copies.begin_load(owner(1), 8, 2).ok());
  EXPECT_EQ(copies.begin_load(owner(1), 9, 2).code(), Code::resource_exhausted);
  copies.end_load(owner(1), 8);  // it failed
  EXPECT_TRUE(copies.begin_load(owner(1), 9, 2).ok());
  EXPECT_TRUE(copies.put(owner(1), 9, {empty_copy(), 2, 5}).ok());
  copies.end_load(owner(1), 9);
  EXPECT_EQ(copies.begin_load(owner(1), 8, 2).code(), Code::resource_exhausted);
}

TEST(Copies, ASegmentThatIsHereOrOnItsWayIsLoadedAgainAtTheLimit) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, {empty_copy(), 1, 5}).ok());
  EXPECT_TRUE(copies.begin_load(owner(1), 8, 2).ok());
  EXPECT_TRUE(copies.begin_load(owner(1), 7, 2).ok());
  EXPECT_TRUE(copies.begin_load(owner(1), 8, 2).ok());
  copies.end_load(owner(1), 8);
  EXPECT_EQ(copies.begin_load(owner(1), 9, 2).code(), Code::resource_exhausted);
}

TEST(Copies, ADroppedCollectionLeavesNoCopyInAnyChannel) {
  Copies copies;
  for (const char* channel : {"ch", "other"}) {
    EXPECT_TRUE(copies.enter(owner(1, channel)).ok());
    EXPECT_TRUE(copies.put(owner(1, channel), 7, {empty_copy(), 1, 5}).ok());
    EXPECT_TRUE(copies.put(owner(1, channel), 8, {empty_copy(), 2, 6}).ok());
  }
  EXPECT_EQ(copies.collections(), (std::set<std::int64_t>{5, 6}));
  EXPECT_EQ(copies.drop_collection(5).size(), 2U);
  EXPECT_EQ(copies.collections(), (std::set<std::int64_t>{6}));
  EXPECT_EQ(copies.size(), 2U);
}

}  // namespace
}  // namespace eyrie::query
