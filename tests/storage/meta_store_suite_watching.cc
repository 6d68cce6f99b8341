// Part of meta_store_suite.h: more of what a watch tells.
#include "runtime/combine.h"
#include "runtime/task_group.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

EYRIE_META_CASE(AWatchTellsAKeysWholeLife) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", ""));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_OK(co_await put(t.store, "a", "4"));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 4));
  EXPECT_EQ(text_of(events), "+a=1 +a= -a +a=4");
  EXPECT_EQ(events.at(1).item.create_revision, now + 1);
  EXPECT_EQ(events.at(3).item.create_revision, now + 4);
}

EYRIE_META_CASE(AWatchTellsAnyBytes) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  EYRIE_CASE_TRY(auto first, co_await put(t.store, bytes, bytes + bytes));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key(bytes), first.revision));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 1));
  EXPECT_EQ(events.at(0).item.key, bytes);
  EXPECT_EQ(events.at(0).item.value, bytes + bytes);
}

EYRIE_META_CASE(AWatchTellsAValueOfAMegabyte) {
  const Bytes value(1 << 20, 'x');
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_OK(co_await put(t.store, "a", value));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 1));
  EXPECT_EQ(events.at(0).item.value, value);
}

EYRIE_META_CASE(ATransactionOfAMegabyteIsToldWhole) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), now + 1));
  storage::Transaction transaction;
  for (std::size_t i = 0; i < storage::kTransactionOperationsMax; ++i) {
    transaction.then.push_back(storage::put_key(std::to_string(1'000 + i), Bytes(8'000, 'x')));
  }
  EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  storage::MetaEvents batch;
  while (batch.events.empty()) {
    EYRIE_CASE_TRY(batch, co_await watch->next());
  }
  EXPECT_EQ(batch.events.size(), storage::kTransactionOperationsMax);
  EXPECT_EQ(batch.revision, now + 1);
}

EYRIE_META_CASE(ARangeThatIsRemovedIsToldKeyByKeyInOneRevision) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "p/1", "p/2", "p/3", "q"}));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), now + 1));
  EYRIE_CASE_OK(co_await remove(t.store, storage::with_prefix("p/")));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 3));
  EXPECT_EQ(text_of(events), "-p/1 -p/2 -p/3");
  for (const storage::MetaEvent& event : events) EXPECT_EQ(event.item.mod_revision, now + 1);
}

EYRIE_META_CASE(AWatchOfAPrefixAndOneOfAKeyAgree) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto prefix, co_await t.store.watch(storage::with_prefix("p/"), now + 1));
  EYRIE_CASE_TRY(auto single, co_await t.store.watch(storage::single_key("p/2"), now + 1));
  EYRIE_CASE_OK(co_await put_all(t.store, {"p/1", "p/2", "p/3", "p/2"}));
  EYRIE_CASE_TRY(auto all_of_it, co_await watch_events(*prefix, 4));
  EYRIE_CASE_TRY(auto its_own, co_await watch_events(*single, 2));
  EXPECT_EQ(its_own.at(0).item, all_of_it.at(1).item);
  EXPECT_EQ(its_own.at(1).item, all_of_it.at(3).item);
}

EYRIE_META_CASE(AWatchToTheEndOfTheKeysHasItsBegin) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix("\xFF"), now + 1));
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "\xFE\xFF", "\xFF", "\xFF\xFF"}));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "+\xFF=\xFF +\xFF\xFF=\xFF\xFF");
}

EYRIE_META_CASE(AWatchThatIsGivenUpLeavesTheOthers) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto kept, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_TRY(auto dropped, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await watch_text(*dropped, 1));
  EYRIE_CASE_TRY(auto first, co_await watch_text(*kept, 1));
  dropped.reset();
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto second, co_await watch_text(*kept, 1));
  EXPECT_EQ(first + second, "+a=1+a=2");
}

EYRIE_META_CASE(AWatchThatNobodyAskedMayBeDropped) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  for (int i = 0; i < 20; ++i) {
    EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
    EYRIE_CASE_OK(co_await put(t.store, "a", std::to_string(i)));
  }
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(text, "a=19");
}

EYRIE_META_CASE(WhatWasCompactedAfterItWasToldIsNotMissed) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::single_key("a"), now + 1));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await watch_text(*watch, 1));
  // Of other keys alone: this watch is told nothing, and must not fall behind for it.
  EYRIE_CASE_OK(co_await put_all(t.store, {"b", "b", "b"}));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await watch_text(*watch, 1));
  EYRIE_CASE_TRY(auto last, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(last));
  EYRIE_CASE_OK(co_await put(t.store, "a", "3"));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 1));
  EXPECT_EQ(text, "+a=3");
}

Task<void> count_up(storage::MetaStore& store, int last) {
  for (int i = 1; i <= last; ++i) {
    Result<storage::TransactionResult> result = co_await put(store, "n", std::to_string(i));
    EXPECT_TRUE(result.has_value()) << status_of(result);
  }
}

EYRIE_META_CASE(AWatchTakenUpAgainAndAgainTellsEachChangeOnce) {
  constexpr int kLast = 60;
  EYRIE_CASE_TRY(auto next, co_await revision_now(t.store));
  ++next;
  TaskGroup writer(co_await this_scope());
  writer.spawn(count_up(t.store, kLast));
  std::string told;
  std::string expected;
  int count = 0;
  while (count < kLast) {
    Result<std::unique_ptr<storage::MetaWatch>> watch =
        co_await t.store.watch(storage::single_key("n"), next);
    EXPECT_TRUE(watch.has_value());
    if (!watch) break;
    Result<storage::MetaEvents> batch = co_await (*watch)->next();
    EXPECT_TRUE(batch.has_value()) << status_of(batch);
    if (!batch) break;
    for (const storage::MetaEvent& event : batch->events) {
      told += event.item.value + " ";
      expected += std::to_string(++count) + " ";
    }
    next = batch->revision + 1;
  }
  co_await writer.join();
  EXPECT_EQ(told, expected);
}

}  // namespace
}  // namespace eyrie::test
