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
  EXPECT_TRUE(copies.put(owner(1), 7, 1, empty_copy()).ok());
  EXPECT_TRUE(copies.enter(owner(1, "other")).ok());
  EXPECT_TRUE(copies.put(owner(1, "other"), 8, 1, empty_copy()).ok());
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
  EXPECT_TRUE(copies.put(owner(1), 7, 2, later).ok());
  EXPECT_EQ(copies.put(owner(1), 7, 1, empty_copy()).code(), Code::conflict);
  EXPECT_EQ(copies.put(owner(1), 7, 2, empty_copy()).code(), Code::conflict);
  EXPECT_EQ(copies.find(owner(1), 7).value(), later);
}

TEST(Copies, ALaterLoadReplacesTheCopy) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, 1, empty_copy()).ok());
  const auto later = empty_copy();
  EXPECT_TRUE(copies.put(owner(1), 7, 2, later).ok());
  EXPECT_EQ(copies.find(owner(1), 7).value(), later);
  EXPECT_EQ(copies.size(), 1U);
}

TEST(Copies, WhatWasReleasedMayBeLoadedAgain) {
  Copies copies;
  EXPECT_TRUE(copies.enter(owner(1)).ok());
  EXPECT_TRUE(copies.put(owner(1), 7, 1, empty_copy()).ok());
  copies.release(owner(1), 7);
  EXPECT_FALSE(copies.find(owner(1), 7).has_value());
  EXPECT_TRUE(copies.put(owner(1), 7, 2, empty_copy()).ok());
  EXPECT_TRUE(copies.find(owner(1), 7).has_value());
}

}  // namespace
}  // namespace eyrie::query
