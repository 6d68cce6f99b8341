#include "storage/fakes/wal_state.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace eyrie::storage::fakes {
namespace {

TEST(WalState, ATermIsOpenedOnceAndOnlyRises) {
  WalDurableState durable;
  WalState state(durable);
  EXPECT_EQ(state.open("c", 0, 0).error().code(), Code::invalid_argument);
  EXPECT_EQ(state.open("c", 3, 0), WalPosition{1});
  EXPECT_EQ(state.open("c", 3, 0).error().code(), Code::fenced);
  EXPECT_EQ(state.open("c", 2, 0).error().code(), Code::fenced);
  EXPECT_EQ(state.open("c", 7, 0), WalPosition{1});
  EXPECT_EQ(state.open("other", 1, 0), WalPosition{1});
  EXPECT_EQ(WalState(durable).open("c", 7, 0).error().code(), Code::fenced) << "after a restart";
}

TEST(WalState, RecordsAreReadOnceDurableAndInOrder) {
  WalDurableState durable;
  WalState state(durable);
  EXPECT_EQ(state.append("c", 1, 1, "a").code(), Code::fenced) << "not open";
  ASSERT_TRUE(state.open("c", 1, 0));
  EXPECT_TRUE(state.append("c", 1, 1, "a").ok());
  EXPECT_TRUE(state.append("c", 1, 2, "b").ok());
  EXPECT_EQ(state.append("c", 1, 4, "d").code(), Code::failed_precondition) << "a hole";
  EXPECT_EQ(state.append("c", 1, 2, "d").code(), Code::failed_precondition) << "again";
  EXPECT_EQ(state.read("c", 1).error().code(), Code::not_found);
  state.make_durable("c", 1, 1);
  EXPECT_EQ(state.read("c", 1)->record, "a");
  EXPECT_EQ(state.read("c", 1)->term, 1);
  EXPECT_EQ(state.read("c", 2).error().code(), Code::not_found);
  EXPECT_EQ(state.durable_end("c"), 1u);
  EXPECT_EQ(state.pending("c"), 1u);
}

TEST(WalState, NothingOfAnOlderTermBecomesDurableAfterAnOpening) {
  WalDurableState durable;
  WalState state(durable);
  ASSERT_TRUE(state.open("c", 1, 0));
  for (WalPosition p = 1; p <= 3; ++p) EXPECT_TRUE(state.append("c", 1, p, "old").ok());
  EXPECT_EQ(state.open("c", 2, 1), WalPosition{2}) << "one of the three made it";
  state.make_durable("c", 1, 3);
  EXPECT_EQ(state.durable_end("c"), 1u);
  EXPECT_EQ(state.append("c", 1, 2, "old").code(), Code::fenced);
  EXPECT_TRUE(state.append("c", 2, 2, "new").ok());
  state.make_durable("c", 2, 2);
  EXPECT_EQ(state.read("c", 2)->record, "new");
  EXPECT_EQ(state.read("c", 2)->term, 2);
}

TEST(WalState, WhatIsPendingIsLostWithTheMachine) {
  WalDurableState durable;
  {
    WalState state(durable);
    ASSERT_TRUE(state.open("c", 1, 0));
    EXPECT_TRUE(state.append("c", 1, 1, "durable").ok());
    state.make_durable("c", 1, 1);
    EXPECT_TRUE(state.append("c", 1, 2, "pending").ok());
  }
  WalState state(durable);
  EXPECT_EQ(state.read("c", 1)->record, "durable");
  EXPECT_EQ(state.pending("c"), 0u);
  EXPECT_EQ(state.open("c", 2, 9), WalPosition{2});
}

TEST(WalState, DroppingConcernsOnlyTheTermThatIsOpen) {
  WalDurableState durable;
  WalState state(durable);
  ASSERT_TRUE(state.open("c", 1, 0));
  ASSERT_TRUE(state.open("c", 2, 0));
  EXPECT_TRUE(state.append("c", 2, 1, "new").ok());
  state.drop_pending("c", 1);
  EXPECT_EQ(state.pending("c"), 1u);
  state.drop_pending("c", 2);
  EXPECT_EQ(state.pending("c"), 0u);
}

TEST(WalState, TruncationIsTheTermsAndStopsAtTheDurableEnd) {
  WalDurableState durable;
  WalState state(durable);
  ASSERT_TRUE(state.open("c", 1, 0));
  for (WalPosition p = 1; p <= 3; ++p) EXPECT_TRUE(state.append("c", 1, p, "r").ok());
  state.make_durable("c", 1, 2);
  EXPECT_EQ(state.truncate("c", 1, 3).code(), Code::out_of_range) << "not durable";
  EXPECT_EQ(state.truncate("c", 2, 1).code(), Code::fenced);
  EXPECT_TRUE(state.truncate("c", 1, 1).ok());
  EXPECT_TRUE(state.truncate("c", 1, 1).ok()) << "again";
  EXPECT_EQ(state.read("c", 1).error().code(), Code::out_of_range);
  EXPECT_EQ(state.read("c", 2)->position, 2u);
  EXPECT_TRUE(state.truncate("c", 1, 2).ok());
  EXPECT_EQ(state.open("c", 2, 0), WalPosition{3}) << "positions go on";
  EXPECT_EQ(state.truncate("c", 1, 1).code(), Code::fenced);
}

// Random steps of writers of many terms, checked against what each step was told.
RC_GTEST_PROP(WalState, AcknowledgedRecordsStayAndUnfencedOnesNeverAppear, ()) {
  WalDurableState durable;
  auto state = std::make_unique<WalState>(durable);
  std::map<WalPosition, Bytes> acknowledged;
  WalTerm opened = 0;
  WalPosition next = 1;
  WalPosition truncated = 0;
  const int steps = *rc::gen::inRange(1, 80);
  for (int step = 0; step < steps; ++step) {
    const WalTerm term = *rc::gen::inRange<WalTerm>(1, 8);
    const Bytes record = std::to_string(step);
    switch (*rc::gen::inRange(0, 6)) {
      case 0: {
        const auto settled = *rc::gen::inRange<std::size_t>(0, 4);
        const WalPosition end = state->durable_end("c");
        const std::size_t settling = std::min(settled, state->pending("c"));
        const Result<WalPosition> begin = state->open("c", term, settled);
        RC_ASSERT(begin.has_value() == (term > opened));
        if (!begin) break;
        opened = term;
        next = *begin;
        RC_ASSERT(next == end + settling + 1);
        break;
      }
      case 1:
      case 2: {
        const Status appended = state->append("c", term, next, record);
        RC_ASSERT(appended.ok() == (term == opened));
        if (appended.ok()) ++next;
        break;
      }
      case 3: {
        const WalPosition before = state->durable_end("c");
        state->make_durable("c", term, *rc::gen::inRange<WalPosition>(0, 100));
        if (term != opened) RC_ASSERT(state->durable_end("c") == before);
        break;
      }
      case 4: {
        const WalPosition to = *rc::gen::inRange<WalPosition>(0, 20);
        const Status done = state->truncate("c", term, to);
        RC_ASSERT(done.ok() == (term == opened && to <= state->durable_end("c")));
        if (done.ok()) truncated = std::max(truncated, to);
        break;
      }
      default:
        state = std::make_unique<WalState>(durable);  // the machine restarts
        next = state->durable_end("c") + 1;
        break;
    }
    for (WalPosition p = truncated + 1; p <= state->durable_end("c"); ++p) {
      const Result<WalEntry> entry = state->read("c", p);
      RC_ASSERT(entry.has_value());
      const auto known = acknowledged.try_emplace(p, entry->record).first;
      RC_ASSERT(known->second == entry->record);
    }
  }
}

}  // namespace
}  // namespace eyrie::storage::fakes
