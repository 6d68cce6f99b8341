// Part of meta_store_suite.h: more of ranges and values, and what old revisions and compactions
// leave of them.
#include "tests/storage/meta_store_suite.h"

namespace eyrie::test {
namespace {

EYRIE_META_CASE(ARemovalOfOneKeyLeavesItsExtensions) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "aa", std::string("a\0", 2)}));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix("a"), 0, 0));
  EXPECT_EQ(found.items.size(), 2u);
}

EYRIE_META_CASE(APrefixThatEndsInTheHighestByteStopsBeforeTheNextLetter) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "a\xFE", "a\xFF", "a\xFF\xFF", "b"}));
  EYRIE_CASE_TRY(auto found, co_await t.store.range(storage::with_prefix("a\xFF"), 0, 0));
  EXPECT_EQ(text_of(found.items), "a\xFF=a\xFF a\xFF\xFF=a\xFF\xFF");
}

EYRIE_META_CASE(ARemovalToTheEndOfTheKeysLeavesWhatComesBefore) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "\xFF\xFF", "\xFF\xFF\xFF"}));
  EYRIE_CASE_OK(co_await remove(t.store, storage::with_prefix("\xFF\xFF")));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix("")));
  EXPECT_EQ(text, "a=a b=b");
}

EYRIE_META_CASE(AKeyOfSomeKilobytesIsAKey) {
  const std::string key(4'000, 'k');
  EYRIE_CASE_OK(co_await put(t.store, key, "1"));
  EYRIE_CASE_OK(co_await put(t.store, key + "k", "2"));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, key));
  EXPECT_EQ(found.value, "1");
}

EYRIE_META_CASE(WhetherThereIsMoreIsOfTheRevisionThatIsRead) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "c"}));
  EYRIE_CASE_TRY(auto then, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await remove(t.store, {"b", "d"}));
  EYRIE_CASE_TRY(auto old, co_await t.store.range(storage::with_prefix(""), then, 2));
  EXPECT_EQ(text_of(old.items), "a=a b=b");
  EXPECT_TRUE(old.more);
  EYRIE_CASE_TRY(auto now, co_await t.store.range(storage::with_prefix(""), 0, 2));
  EXPECT_EQ(text_of(now.items), "a=a");
  EXPECT_FALSE(now.more);
}

EYRIE_META_CASE(ALimitCountsKeysThatAreThereAndNotTheirVersions) {
  for (int i = 0; i < 4; ++i) EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b"}));
  EYRIE_CASE_OK(co_await put_all(t.store, {"gone", "z"}));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("gone")));
  EYRIE_CASE_TRY(auto three, co_await t.store.range(storage::with_prefix(""), 0, 3));
  EXPECT_EQ(text_of(three.items), "a=a b=b z=z");
  EXPECT_FALSE(three.more);
}

EYRIE_META_CASE(ARangeOfNothingSaysTheStoresRevision) {
  EYRIE_CASE_TRY(auto last, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto found, co_await t.store.range({"x", "z"}, 0, 0));
  EXPECT_TRUE(found.items.empty());
  EXPECT_FALSE(found.more);
  EXPECT_EQ(found.revision, last.revision);
}

EYRIE_META_CASE(ARevisionFromBeforeAKeyReadsWithoutIt) {
  EYRIE_CASE_TRY(auto before, co_await put(t.store, "b", "1"));
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix(""), before.revision));
  EXPECT_EQ(text, "b=1");
}

EYRIE_META_CASE(AKeyIsReadInEachOfItsLives) {
  EYRIE_CASE_TRY(auto born, co_await put(t.store, "a", "1"));
  EYRIE_CASE_TRY(auto grown, co_await put(t.store, "a", "2"));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto again, co_await put(t.store, "a", "3"));
  EYRIE_CASE_TRY(auto first, co_await t.store.range(storage::single_key("a"), grown.revision, 0));
  EYRIE_CASE_TRY(auto second, co_await t.store.range(storage::single_key("a"), again.revision, 0));
  EXPECT_EQ(first.items.at(0).create_revision, born.revision);
  EXPECT_EQ(first.items.at(0).mod_revision, grown.revision);
  EXPECT_EQ(second.items.at(0).create_revision, again.revision);
}

EYRIE_META_CASE(ANegativeRevisionIsRefusedOrTheNewest) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  Result<storage::RangeResult> found = co_await t.store.range(storage::single_key("a"), -1, 0);
  if (!found) EXPECT_EQ(found.error().code(), Code::invalid_argument);
  if (found) EXPECT_EQ(text_of(found->items), "a=1");
}

EYRIE_META_CASE(CompactionAtOneRevisionTwiceHolds) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "a", "a"}));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::single_key("a"), now));
  EXPECT_EQ(text, "a=a");
}

EYRIE_META_CASE(CompactionBelowAnEarlierOneBringsNothingBack) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "a", "a", "a", "a"}));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_OK(co_await t.store.compact(now - 3));
  Result<storage::RangeResult> old = co_await t.store.range(storage::single_key("a"), now - 3, 0);
  EXPECT_EQ(status_of(old).code(), Code::out_of_range);
}

EYRIE_META_CASE(AChangeAfterACompactionIsTheNextRevision) {
  EYRIE_CASE_OK(co_await put_all(t.store, {"a", "b", "a"}));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_TRY(auto next, co_await put(t.store, "a", "new"));
  EXPECT_EQ(next.revision, now + 1);
  EYRIE_CASE_TRY(auto text, co_await read_text(t.store, storage::with_prefix(""), now));
  EXPECT_EQ(text, "a=a b=b");
}

EYRIE_META_CASE(RevisionsFromBeforeACompactionStillCompare) {
  EYRIE_CASE_TRY(auto old, co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await put_all(t.store, {"b", "b", "b"}));
  EYRIE_CASE_TRY(auto now, co_await revision_now(t.store));
  EYRIE_CASE_OK(co_await t.store.compact(now));
  EYRIE_CASE_TRY(auto holds,
                 co_await compare_holds(t.store, storage::mod_revision_is("a", old.revision)));
  EXPECT_TRUE(holds);
}

EYRIE_META_CASE(AKeyPutAgainAfterACompactionIsANewKey) {
  EYRIE_CASE_OK(co_await put(t.store, "a", "1"));
  EYRIE_CASE_OK(co_await remove(t.store, storage::single_key("a")));
  EYRIE_CASE_TRY(auto now, co_await put(t.store, "b", "1"));
  EYRIE_CASE_OK(co_await t.store.compact(now.revision));
  EYRIE_CASE_TRY(auto again, co_await put(t.store, "a", "2"));
  EYRIE_CASE_TRY(auto found, co_await storage::get_key(t.store, "a"));
  EXPECT_EQ(found.create_revision, again.revision);
}

}  // namespace
}  // namespace eyrie::test
