// Part of meta_store_suite.h: keys, ranges, revisions, history and compaction.
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

EYRIE_META_CASE(AnAbsentKeyIsNotFound) {
  Result<storage::KeyValue> found = co_await storage::get_key(t.store, "nothing");
  EXPECT_EQ(status_of(found).code(), Code::not_found);
}

EYRIE_META_CASE(APutIsReadBackWithItsRevisions) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto second, co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.value, "2");
  EXPECT_EQ(found.create_revision, first.revision);
  EXPECT_EQ(found.mod_revision, second.revision);
  EXPECT_FALSE(found.lease.valid());
}

EYRIE_META_CASE(EachChangeMakesTheNextRevision) {
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto second, co_await put(t.store, "b", "1"));
  EYRIE_CASE_TRY(auto third, co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto after, co_await revision_now(t.store));
  EXPECT_EQ(first.revision, before + 1);
  EXPECT_EQ(second.revision, before + 2);
  EXPECT_EQ(third.revision, before + 3);
  EXPECT_EQ(after, before + 3);
}

EYRIE_META_CASE(AKeyPutAgainAfterItsRemovalIsANewKey) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto again, co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_GT(again.revision, first.revision);
  EXPECT_EQ(found.create_revision, again.revision);
}

EYRIE_META_CASE(AnEmptyValueIsAValue) {
  EYRIE_CASE_OK(co_await put(t.store, "a", ""));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.value, "");
  EXPECT_GT(found.mod_revision, 0);
}

EYRIE_META_CASE(KeysAndValuesAreAnyBytes) {
  std::string bytes;
  for (int c = 0; c < 256; ++c) bytes.push_back(static_cast<char>(c));
  EYRIE_CASE_OK(co_await put(t.store, bytes, bytes + bytes));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, bytes));
  EXPECT_EQ(found.key, bytes);
  EXPECT_EQ(found.value, bytes + bytes);
}

EYRIE_META_CASE(KeysAreOrderedAsUnsignedBytes) {
  EYRIE_CASE_OK(co_await put(t.store, "k\xFF", "4"));
  EYRIE_CASE_OK(co_await put(t.store, std::string("k\0", 2), "1"));
  EYRIE_CASE_OK(co_await put(t.store, "k\x80", "3"));
  EYRIE_CASE_OK(co_await put(t.store, "k\x7F", "2"));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix("k"), 0, 0));
  std::string values;
  for (const storage::KeyValue& item : found.items) values += item.value;
  EXPECT_EQ(values, "1234");
}

EYRIE_META_CASE(AnEmptyKeyIsRefused) {
  Result<storage::TransactionResult> written = co_await put(t.store, "", "1");
  EXPECT_EQ(status_of(written).code(), Code::invalid_argument);
  Result<storage::RangeResult> read = co_await t.store.range(storage::single_key(""), 0, 0);
  EXPECT_EQ(status_of(read).code(), Code::invalid_argument);
}

EYRIE_META_CASE(ARangeHasItsBeginAndNotItsEnd) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c", "d"}));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, {"b", "d"}));
  EXPECT_EQ(text, "b=b c=c");
}

EYRIE_META_CASE(ASingleKeyIsNotItsExtensions) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "aa", "ab"}));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(text, "a=a");
}

EYRIE_META_CASE(APrefixHasExactlyItsKeys) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"p", "p/", "p/a", "p/b", "p0", "o"}));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("p/")));
  EXPECT_EQ(text, "p/=p/ p/a=p/a p/b=p/b");
}

EYRIE_META_CASE(APrefixOfHighestBytesReachesToTheEnd) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "\xFF", "\xFF\xFF", "\xFF\xFF\x01"}));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix("\xFF\xFF"), 0, 0));
  EXPECT_EQ(found.items.size(), 2u);
}

EYRIE_META_CASE(TheEmptyPrefixIsEveryKey) {
  EYRIE_CASE_OK(co_await put_all(t.store, {std::string(1, '\0'), "a", "\xFF\xFF"}));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix(""), 0, 0));
  EXPECT_EQ(found.items.size(), 3u);
}

EYRIE_META_CASE(ARangeThatEndsBeforeItBeginsIsEmpty) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c"}));
  EYRIE_CASE_TRY(auto found, co_await t.store.range({"c", "a"}, 0, 0));
  EXPECT_TRUE(found.items.empty());
  EXPECT_FALSE(found.more);
}

EYRIE_META_CASE(ALimitCutsARangeOffAndSaysSo) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c"}));
  EYRIE_CASE_TRY(auto two, co_await t.store.range(storage::with_prefix(""), 0, 2));
  EXPECT_EQ(text_of(two.items), "a=a b=b");
  EXPECT_TRUE(two.more);
}

EYRIE_META_CASE(ALimitThatIsExactlyReachedCutsNothingOff) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c"}));
  EYRIE_CASE_TRY(auto three, co_await t.store.range(storage::with_prefix(""), 0, 3));
  EXPECT_EQ(three.items.size(), 3u);
  EXPECT_FALSE(three.more);
}

EYRIE_META_CASE(NoLimitReadsAThousandKeys) {
  for (int i = 0; i < 10; ++i) {
    storage::Transaction transaction;
    for (int j = 0; j < 100; ++j) {
      transaction.then.push_back(storage::put_key(std::to_string(1'000 + i * 100 + j), "x"));
    }
    EYRIE_CASE_OK(co_await t.store.commit(std::move(transaction)));
  }
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix(""), 0, 0));
  EXPECT_EQ(found.items.size(), 1'000u);
  EXPECT_FALSE(found.more);
}

EYRIE_META_CASE(PagesAtOneRevisionTogetherAreTheWhole) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c", "d", "e"}));
  EYRIE_CASE_TRY(auto at, co_await revision_now(t.store));
  std::string all;
  std::string from = "a";
  for (bool more = true; more;) {
    EYRIE_CASE_TRY(auto page, co_await t.store.range({from, "z"}, at, 2));
    all += text_of(page.items) + ";";
    more = page.more;
    from = page.items.back().key + std::string(1, '\0');
    EYRIE_CASE_OK(co_await put(t.store, "bb" + from, "late"));
  }
  EXPECT_EQ(all, "a=a b=b;c=c d=d;e=e;");
}

EYRIE_META_CASE(TheResultSaysTheStoresRevisionAlsoForAnOldRead) {
  EYRIE_CASE_TRY(auto first, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto second, co_await put(t.store, "b", "1"));
  EYRIE_CASE_TRY(auto old, co_await t.store.range(storage::with_prefix(""), first.revision, 0));
  EXPECT_EQ(text_of(old.items), "a=1");
  EXPECT_EQ(old.revision, second.revision);
}

EYRIE_META_CASE(AnOldRevisionIsReadAsItWas) {
  EYRIE_CASE_TRY(auto one, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto two, co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto gone, co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_OK(co_await put(t.store, "a", "4"));
  EYRIE_CASE_TRY(auto at_one, co_await read_text(t.store, storage::single_key("a"), one.revision));
  EYRIE_CASE_TRY(auto at_two, co_await read_text(t.store, storage::single_key("a"), two.revision));
  EYRIE_CASE_TRY(auto at_gone,
                 co_await read_text(t.store, storage::single_key("a"), gone.revision));
  EXPECT_EQ(at_one, "a=1");
  EXPECT_EQ(at_two, "a=2");
  EXPECT_EQ(at_gone, "");
}

EYRIE_META_CASE(AnOldReadKeepsTheRevisionsOfThatTime) {
  EYRIE_CASE_TRY(auto one, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto old, co_await t.store.range(storage::single_key("a"), one.revision, 0));
  EXPECT_EQ(old.items.size(), 1u);
  EXPECT_EQ(old.items.at(0).mod_revision, one.revision);
}

EYRIE_META_CASE(AFutureRevisionIsOutOfRange) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  Result<storage::RangeResult> read = co_await t.store.range(storage::with_prefix(""), now + 1, 0);
  EXPECT_EQ(status_of(read).code(), Code::out_of_range);
}

EYRIE_META_CASE(ARemovalOfARangeRemovesItAll) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b/1", "b/2", "c"}));
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto removed, co_await remove(t.store, storage::with_prefix("b/")));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(removed.revision, before + 1);
  EXPECT_EQ(text, "a=a c=c");
}

EYRIE_META_CASE(ARemovalOfNothingMakesNoRevision) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto before, co_await revision_now(t.store));
  EYRIE_CASE_TRY(auto removed, co_await remove(t.store, storage::single_key("b")));
  EXPECT_EQ(removed.revision, before);
}

EYRIE_META_CASE(CompactedRevisionsAreOutOfRangeAndLaterOnesAreNot) {
  EYRIE_CASE_TRY(auto one, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "3"));
  EYRIE_CASE_TRY(auto four, co_await put(t.store, "a", "4"));
  EYRIE_CASE_TRY(auto five, co_await put(t.store, "a", "5"));
  EYRIE_CASE_OK(co_await t.store.compact(four.revision));
  Result<storage::RangeResult> gone =
      co_await t.store.range(storage::single_key("a"), one.revision, 0);
  EXPECT_EQ(status_of(gone).code(), Code::out_of_range);
  EYRIE_CASE_TRY(auto at_four,
                 co_await read_text(t.store, storage::single_key("a"), four.revision));
  EYRIE_CASE_TRY(auto at_five,
                 co_await read_text(t.store, storage::single_key("a"), five.revision));
  EYRIE_CASE_TRY(auto newest, co_await read_text(t.store, storage::single_key("a")));
  EXPECT_EQ(at_four, "a=4");
  EXPECT_EQ(at_five, "a=5");
  EXPECT_EQ(newest, "a=5");
}

EYRIE_META_CASE(CompactionKeepsOldKeysThatStillStand) {
  EYRIE_CASE_TRY(auto old, co_await put(t.store, "old", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "old"));
  EXPECT_EQ(found.mod_revision, old.revision);
  EYRIE_CASE_TRY(auto at_now, co_await read_text(t.store, storage::with_prefix(""), now));
  EXPECT_EQ(at_now, "a=2 old=1");
}

EYRIE_META_CASE(CompactionMakesNoRevision) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await t.store.compact(before.revision));
  EYRIE_CASE_TRY(auto after, co_await revision_now(t.store));
  EXPECT_EQ(after, before.revision);
}

EYRIE_META_CASE(CompactionBeyondTheNewestRevisionIsOutOfRange) {
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  const Status compacted = co_await t.store.compact(now + 100);
  EXPECT_EQ(compacted.code(), Code::out_of_range);
}

EYRIE_META_CASE(AKeyRemovedBeforeACompactionStaysRemoved) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "b", "1"));
  EYRIE_CASE_OK(co_await t.store.compact(last.revision));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "b=1");
}

}  // namespace
}  // namespace eyrie::test
