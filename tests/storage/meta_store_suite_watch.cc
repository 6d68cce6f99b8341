// Part of meta_store_suite.h: watches.
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

// Puts key = i for i in [first, last], one revision each.
Task<void> put_numbers(storage::MetaStore& store, std::string key, int first, int last) {
  for (int i = first; i <= last; ++i) {
    Result<storage::TransactionResult> result = co_await put(store, key, std::to_string(i));
    EXPECT_TRUE(result.has_value()) << status_of(result);
  }
}

EYRIE_META_CASE(AWatchFromNowSeesWhatComes) {
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "a", "0"));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), before.revision + 1));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "+a=1 +a=2");
}

EYRIE_META_CASE(AWatchFromThePastSeesItAll) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "b", "x"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), first.revision));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 3));
  EXPECT_EQ(text, "+a=1 +a=2 -a");
}

EYRIE_META_CASE(AWatchBeginsExactlyWhereItWasTold) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto second, co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "3"));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), second.revision));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "+a=2 +a=3");
}

EYRIE_META_CASE(AWatchFromTheFutureSkipsWhatComesBefore) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 3));
  co_await put_numbers(t.store, "a", 1, 4);
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "+a=3 +a=4");
}

EYRIE_META_CASE(AWatchFromTheFirstRevisionSeesEverything) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "b", "2"));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), 1));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "+a=1 +b=2");
}

EYRIE_META_CASE(APutsEventIsTheWholeItem) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto second, co_await put(t.store, "a", "2", lease));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), second.revision));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 1));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_FALSE(events.at(0).removed);
  EXPECT_EQ(events.at(0).item, found);
  EXPECT_EQ(events.at(0).item.create_revision, first.revision);
}

EYRIE_META_CASE(ARemovalsEventHasKeyAndRevision) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto gone, co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), gone.revision));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 1));
  EXPECT_TRUE(events.at(0).removed);
  EXPECT_EQ(events.at(0).item.key, "a");
  EXPECT_EQ(events.at(0).item.mod_revision, gone.revision);
}

EYRIE_META_CASE(EventsOfOneTransactionComeTogether) {
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "gone", "1"));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), before.revision + 1));
  storage::Transaction transaction;
  for (int i = 0; i < 100; ++i) {
    transaction.then.push_back(storage::put_key(std::to_string(1'000 + i), Bytes(1'000, 'x')));
  }
  transaction.then.push_back(storage::remove_range(storage::single_key("gone")));
  EYRIE_CASE_TRY(auto result, co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_OK(co_await put(t.store, "after", "1"));
  storage::MetaEvents batch;
  while (batch.events.empty()) {
    EYRIE_CASE_TRY(batch, co_await watch->next());
  }
  std::size_t of_transaction = 0;
  for (const storage::MetaEvent& event : batch.events) {
    if (event.item.mod_revision == result.revision) ++of_transaction;
  }
  EXPECT_EQ(of_transaction, 101u);
}

EYRIE_META_CASE(OnlyTheRangeIsWatched) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix("p/"), now + 1));
  EYRIE_CASE_OK(co_await put_all(t.store, {"o", "p", "p.", "p/", "p/\xFF\xFF", "p0", "p/x", "q"}));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 3));
  EXPECT_EQ(text, "+p/=p/ +p/\xFF\xFF=p/\xFF\xFF +p/x=p/x");
}

EYRIE_META_CASE(OnlyTheRangesPartOfATransactionIsTold) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch({"b", "d"}, now + 1));
  storage::Transaction transaction;
  for (const char* key : {"a", "b", "c", "d"}) {
    transaction.then.push_back(storage::put_key(key, "1"));
  }
  EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_OK(co_await put(t.store, "c", "2"));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 3));
  EXPECT_EQ(text, "+b=1 +c=1 +c=2");
}

EYRIE_META_CASE(TheBatchesRevisionIsWhereToGoOn) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  storage::Revision seen = 0;
  {
    EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), first.revision));
    EYRIE_CASE_TRY(auto batch, co_await watch->next());
    EXPECT_GE(batch.revision, first.revision);
    seen = batch.revision;
  }
  EYRIE_CASE_OK(co_await put(t.store, "a", "3"));
  EYRIE_CASE_TRY(auto again, co_await t.store.watch(storage::single_key("a"), seen + 1));
  storage::MetaEvent last;
  while (last.item.value != "3") {
    EYRIE_CASE_TRY(auto batch, co_await again->next());
    for (const storage::MetaEvent& event : batch.events) {
      EXPECT_GT(event.item.mod_revision, seen);
      seen = event.item.mod_revision;
      last = event;
    }
  }
}

EYRIE_META_CASE(ManyWatchesEachSeeTheirOwn) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  std::vector<std::unique_ptr<storage::MetaWatch>> watches;
  for (int i = 0; i < 12; ++i) {
    EYRIE_CASE_TRY(auto watch,
                   co_await t.store.watch(storage::single_key("k" + std::to_string(i)), now + 1));
    watches.push_back(std::move(watch));
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 12; ++i) {
      EYRIE_CASE_OK(co_await put(t.store, "k" + std::to_string(i), std::to_string(round)));
    }
  }
  for (int i = 0; i < 12; ++i) {
    const std::string key = "+k" + std::to_string(i);
    EYRIE_CASE_TRY(auto text, co_await watch_text(*watches.at(static_cast<std::size_t>(i)), 3));
    EXPECT_EQ(text, key + "=0 " + key + "=1 " + key + "=2");
  }
}

EYRIE_META_CASE(TwoWatchesOfOneKeySeeTheSame) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto one, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_TRY(auto two, co_await t.store.watch(storage::single_key("a"), now + 1));
  co_await put_numbers(t.store, "a", 1, 5);
  EYRIE_CASE_TRY(auto first, co_await watch_text(*one, 5));
  EYRIE_CASE_TRY(auto second, co_await watch_text(*two, 5));
  EXPECT_EQ(first, "+a=1 +a=2 +a=3 +a=4 +a=5");
  EXPECT_EQ(second, first);
}

EYRIE_META_CASE(AWatchedCounterMissesNothingWhileItIsWritten) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("n"), now + 1));
  TaskGroup writer(co_await this_scope());
  writer.spawn(put_numbers(t.store, "n", 1, 200));
  Result<std::vector<storage::MetaEvent>> events = co_await watch_events(*watch, 200);
  co_await writer.join();
  EYRIE_CASE_OK(events);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_EQ(events->at(i).item.value, std::to_string(i + 1));
}

EYRIE_META_CASE(ASlowUserOfAWatchMissesNothing) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("n"), now + 1));
  co_await put_numbers(t.store, "n", 1, 100);
  EYRIE_CASE_OK(co_await t.clock().sleep_for(2s));
  co_await put_numbers(t.store, "n", 101, 150);
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 150));
  for (std::size_t i = 0; i < 150; ++i) EXPECT_EQ(events.at(i).item.value, std::to_string(i + 1));
}

EYRIE_META_CASE(AWatchThatWaitedLongStillSeesTheNextChange) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  for (int i = 0; i < 5; ++i) {
    Result<storage::MetaEvents> nothing =
        co_await with_deadline(t.clock(), t.clock().monotonic() + 200ms, watch->next());
    EXPECT_TRUE(!nothing || nothing->events.empty());
  }
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 1));
  EXPECT_EQ(text, "+a=1");
}

EYRIE_META_CASE(AWatchOfAnotherKeysChangesStaysSilent) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_OK(co_await put(t.store, "b", "1"));
  Result<storage::MetaEvents> nothing =
      co_await with_deadline(t.clock(), t.clock().monotonic() + 500ms, watch->next());
  EXPECT_TRUE(!nothing || nothing->events.empty());
}

EYRIE_META_CASE(AWatchFromACompactedRevisionIsOutOfRange) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  co_await put_numbers(t.store, "a", 2, 5);
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  // Opening it may say so already, else waiting does.
  Result<std::unique_ptr<storage::MetaWatch>> watch =
      co_await t.store.watch(storage::single_key("a"), first.revision);
  Status said = status_of(watch ? Result<int>(0) : fail(watch.error()));
  if (watch) {
    Result<storage::MetaEvents> batch = co_await (*watch)->next();
    said = status_of(std::move(batch));
  }
  EXPECT_EQ(said.code(), Code::out_of_range);
}

EYRIE_META_CASE(AWatchJustBelowTheCompactedRevisionIsOutOfRange) {
  co_await put_numbers(t.store, "a", 1, 5);
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  Result<std::unique_ptr<storage::MetaWatch>> watch =
      co_await t.store.watch(storage::single_key("a"), now - 1);
  Status said = status_of(watch ? Result<int>(0) : fail(watch.error()));
  if (watch) {
    Result<storage::MetaEvents> batch = co_await (*watch)->next();
    said = status_of(std::move(batch));
  }
  EXPECT_EQ(said.code(), Code::out_of_range);
}

EYRIE_META_CASE(AWatchFromTheCompactedRevisionItselfSeesItsPut) {
  co_await put_numbers(t.store, "a", 1, 4);
  EYRIE_CASE_TRY(auto fifth, co_await put(t.store, "a", "5"));
  EYRIE_CASE_OK(co_await t.store.compact(fifth.revision));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), fifth.revision));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 1));
  EXPECT_EQ(text, "+a=5");
}

EYRIE_META_CASE(AWatchFromTheCompactedRevisionItselfSeesItsRemoval) {
  co_await put_numbers(t.store, "a", 1, 4);
  EYRIE_CASE_TRY(auto gone, co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_OK(co_await put(t.store, "a", "6"));
  EYRIE_CASE_OK(co_await t.store.compact(gone.revision));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), gone.revision));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "-a +a=6");
}

EYRIE_META_CASE(CompactionDoesNotDisturbAWatchThatIsUpToDate) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  co_await put_numbers(t.store, "a", 1, 5);
  EYRIE_CASE_TRY(auto before, co_await watch_text(*watch, 5));
  EYRIE_CASE_TRY(auto last, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(last));
  EYRIE_CASE_OK(co_await put(t.store, "a", "6"));
  EYRIE_CASE_TRY(auto after, co_await watch_text(*watch, 1));
  EXPECT_EQ(before, "+a=1 +a=2 +a=3 +a=4 +a=5");
  EXPECT_EQ(after, "+a=6");
}

EYRIE_META_CASE(AWaitOfAWatchCanBeGivenUpAndTakenUpAgain) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  TaskGroup writer(co_await this_scope());
  writer.spawn(put_numbers(t.store, "a", 1, 50));
  std::vector<storage::MetaEvent> events;
  for (int tries = 0; events.size() < 50 && tries < 2'000; ++tries) {
    const Duration patience = 1ms * (tries % 30) + Duration(tries);
    Result<storage::MetaEvents> batch =
        co_await with_deadline(t.clock(), t.clock().monotonic() + patience, watch->next());
    if (!batch) continue;
    for (storage::MetaEvent& event : batch->events) events.push_back(std::move(event));
  }
  co_await writer.join();
  EXPECT_EQ(events.size(), 50u);
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events.at(i).item.value, std::to_string(i + 1));
  }
}

}  // namespace
}  // namespace eyrie::test
