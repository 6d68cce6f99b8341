// Part of meta_store_suite.h: leases. Times are of the clock seam; a store may grant more than was
// asked for, so expiry is waited for, and only "not before its time" is exact.
#include "runtime/combine.h"
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

// Waits until no key is left, at most that long; the time since `since` when it was so.
Task<Result<Duration>> until_empty(MetaCase& t, MonotonicTime since, Duration most) {
  while (t.clock().monotonic() - since < most) {
    const Duration waited = t.clock().monotonic() - since;
    EYRIE_CO_TRY(storage::RangeResult found,
                 co_await t.store.range(storage::with_prefix(""), 0, 1));
    if (found.items.empty()) co_return waited;
    EYRIE_CO_RETURN_IF_ERROR(co_await t.clock().sleep_for(50ms));
  }
  co_return fail(Code::deadline_exceeded, "the keys are still there");
}

EYRIE_META_CASE(AKeyCarriesItsLease) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EXPECT_TRUE(lease.valid());
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.lease, lease);
}

EYRIE_META_CASE(LeasesHaveDifferentNames) {
  EYRIE_CASE_TRY(auto one, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto two, co_await t.store.grant_lease(60s));
  EXPECT_NE(one, two);
}

EYRIE_META_CASE(APutWithAnUnknownLeaseIsNotFound) {
  Result<storage::TransactionResult> result =
      co_await put(t.store, "a", "1", storage::LeaseId(123'456'789));
  EXPECT_EQ(status_of(result).code(), Code::not_found);
}

EYRIE_META_CASE(ALeaseLivesAtLeastItsTimeAndThenItsKeysGo) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  const MonotonicTime granted = t.clock().monotonic();
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await put(t.store, "b", "1", lease));
  EYRIE_CASE_TRY(auto lived, co_await until_empty(t, granted, 30s));
  // The lease counts from the grant inside the call, which a call's time before `granted` began.
  EXPECT_GE(lived, 1s);
}

EYRIE_META_CASE(ExpiryRemovesTheLeasesKeysInOneRevision) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "b", "1", lease));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), last.revision + 1));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 2));
  EXPECT_EQ(text_of(events), "-a -b");
  EXPECT_EQ(events.at(0).item.mod_revision, events.at(1).item.mod_revision);
  EXPECT_EQ(events.at(0).item.mod_revision, last.revision + 1);
}

EYRIE_META_CASE(AKeepAliveRenewsTheLease) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  for (int i = 0; i < 10; ++i) {
    EYRIE_CASE_TRY(auto left, co_await t.store.keep_lease_alive(lease));
    EXPECT_GE(left, 2s);
    EYRIE_CASE_OK(co_await t.clock().sleep_for(500ms));
  }
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(text, "a=1");
}

EYRIE_META_CASE(ALeaseThatIsNoLongerKeptAliveExpires) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await t.clock().sleep_for(1s));
  EYRIE_CASE_OK(co_await t.store.keep_lease_alive(lease));
  const MonotonicTime kept = t.clock().monotonic();
  EYRIE_CASE_TRY(auto lived, co_await until_empty(t, kept, 30s));
  EXPECT_GE(lived, 1s);
}

EYRIE_META_CASE(KeepingAnExpiredLeaseAliveIsNotFound) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await until_empty(t, t.clock().monotonic(), 30s));
  Result<Duration> left = co_await t.store.keep_lease_alive(lease);
  EXPECT_EQ(status_of(left).code(), Code::not_found);
  Result<storage::TransactionResult> late = co_await put(t.store, "a", "1", lease);
  EXPECT_EQ(status_of(late).code(), Code::not_found);
}

EYRIE_META_CASE(KeepingAnUnknownLeaseAliveIsNotFound) {
  Result<Duration> left = co_await t.store.keep_lease_alive(storage::LeaseId(123'456'789));
  EXPECT_EQ(status_of(left).code(), Code::not_found);
}

EYRIE_META_CASE(RevokingALeaseRemovesItsKeysAtOnce) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto other, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await put(t.store, "b", "1", other));
  EYRIE_CASE_OK(co_await put(t.store, "c", "1"));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "b=1 c=1");
}

EYRIE_META_CASE(RevokingTwiceIsNotFound) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  const Status again = co_await t.store.revoke_lease(lease);
  EXPECT_EQ(again.code(), Code::not_found);
}

EYRIE_META_CASE(APutWithoutALeaseTakesTheKeyFromItsLease) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.value, "2");
  EXPECT_FALSE(found.lease.valid());
}

EYRIE_META_CASE(APutWithAnotherLeaseMovesTheKeyToIt) {
  EYRIE_CASE_TRY(auto one, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto two, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", one));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2", two));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(one));
  EYRIE_CASE_TRY(auto kept, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(kept, "a=2");
  EYRIE_CASE_OK(co_await t.store.revoke_lease(two));
  EYRIE_CASE_TRY(auto gone, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(gone, "");
}

EYRIE_META_CASE(AKeyRemovedAndPutAgainHasLeftItsLease) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(text, "a=2");
}

EYRIE_META_CASE(ALeaseWithoutKeysMakesNoRevisionWhenItGoes) {
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto after, co_await revision_now(t.store));
  EXPECT_EQ(after, before.revision);
}

EYRIE_META_CASE(ManyLeasesAreKeptAliveAtOnce) {
  std::vector<storage::LeaseId> leases;
  for (int i = 0; i < 10; ++i) {
    EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
    EYRIE_CASE_OK(co_await put(t.store, std::to_string(i), "x", lease));
    leases.push_back(lease);
  }
  for (int round = 0; round < 6; ++round) {
    std::vector<Task<Result<Duration>>> tasks;
    for (const storage::LeaseId lease : leases) tasks.push_back(t.store.keep_lease_alive(lease));
    const std::vector<Result<Duration>> kept = co_await all(std::move(tasks));
    for (const Result<Duration>& left : kept) EXPECT_TRUE(left.has_value()) << status_of(left);
    EYRIE_CASE_OK(co_await t.clock().sleep_for(500ms));
  }
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix(""), 0, 0));
  EXPECT_EQ(found.items.size(), 10u);
}

EYRIE_META_CASE(RevokingAnUnknownLeaseIsNotFound) {
  const Status revoked = co_await t.store.revoke_lease(storage::LeaseId(123'456'789));
  EXPECT_EQ(revoked.code(), Code::not_found);
}

EYRIE_META_CASE(ARevokedLeaseIsGoneForWhoeverNamesIt) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  Result<Duration> left = co_await t.store.keep_lease_alive(lease);
  EXPECT_EQ(status_of(left).code(), Code::not_found);
  Result<storage::TransactionResult> late = co_await put(t.store, "a", "1", lease);
  EXPECT_EQ(status_of(late).code(), Code::not_found);
}

EYRIE_META_CASE(ARevocationsRemovalsAreOneRevisionOfAWatch) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "b", "1", lease));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "c", "1"));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), last.revision + 1));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto events, co_await watch_events(*watch, 2));
  EXPECT_EQ(text_of(events), "-a -b");
  EXPECT_EQ(events.at(0).item.mod_revision, last.revision + 1);
  EXPECT_EQ(events.at(1).item.mod_revision, last.revision + 1);
}

EYRIE_META_CASE(ALeaseLetsGoOfAKeyThatIsRemoved) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await put(t.store, "b", "1", lease));
  EYRIE_CASE_TRY(auto removed, co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto watch,
                 co_await t.store.watch(storage::with_prefix(""), removed.revision + 1));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_OK(co_await put(t.store, "end", "1"));
  EYRIE_CASE_TRY(auto text, co_await watch_text(*watch, 2));
  EXPECT_EQ(text, "-b +end=1");
}

EYRIE_META_CASE(ATransactionMayPutKeysOfTwoLeases) {
  EYRIE_CASE_TRY(auto one, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto two, co_await t.store.grant_lease(60s));
  storage::Transaction transaction;
  transaction.then.push_back(storage::put_key("a", "1", one));
  transaction.then.push_back(storage::put_key("b", "1", two));
  transaction.then.push_back(storage::put_key("c", "1"));
  EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(one));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "b=1 c=1");
}

EYRIE_META_CASE(OfTwoLeasesTheShorterOneTakesItsKeysAlone) {
  EYRIE_CASE_TRY(auto shorter, co_await t.store.grant_lease(2s));
  EYRIE_CASE_TRY(auto longer, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "longer", "1", longer));
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "shorter", "1", shorter));
  EYRIE_CASE_TRY(auto watch, co_await t.store.watch(storage::with_prefix(""), last.revision + 1));
  EYRIE_CASE_TRY(auto gone, co_await watch_text(*watch, 1));
  EXPECT_EQ(gone, "-shorter");
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "longer=1");
}

EYRIE_META_CASE(AKeyOfARevokedLeaseMayBePutAnew) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(60s));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1", lease));
  EYRIE_CASE_OK(co_await t.store.revoke_lease(lease));
  EYRIE_CASE_TRY(auto next, co_await t.store.grant_lease(60s));
  EYRIE_CASE_TRY(auto again, co_await put(t.store, "a", "2", next));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.create_revision, again.revision);
  EXPECT_EQ(found.lease, next);
}

EYRIE_META_CASE(AnExpiredKeyIsAbsentForACompare) {
  EYRIE_CASE_TRY(auto lease, co_await t.store.grant_lease(2s));
  EYRIE_CASE_OK(co_await put(t.store, "leader", "one", lease));
  EYRIE_CASE_TRY(auto held, co_await compare_holds(t.store, storage::key_absent("leader")));
  EXPECT_FALSE(held);
  EYRIE_CASE_OK(co_await until_empty(t, t.clock().monotonic(), 30s));
  EYRIE_CASE_TRY(auto free, co_await compare_holds(t.store, storage::key_absent("leader")));
  EXPECT_TRUE(free);
}

}  // namespace
}  // namespace eyrie::test
