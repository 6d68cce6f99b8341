// Lists and the keys in them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tests/storage/object_store_cases.h"

namespace eyrie::storage::test {
namespace {

using Keys = std::vector<std::string>;

struct Page {
  Keys keys;
  bool more = false;

  friend bool operator==(const Page&, const Page&) = default;
};
std::ostream& operator<<(std::ostream& out, const Page& page) {
  for (const std::string& key : page.keys) out << key << " ";
  return out << (page.more ? "..." : ".");
}

Task<Page> page_of(ObjectStore& store, std::string prefix, std::string start_after,
                   std::size_t limit) {
  Result<ObjectPage> page = co_await store.list(prefix, start_after, limit);
  if (!page) {
    ADD_FAILURE() << page.error();
    co_return Page();
  }
  Page keys{{}, page->more};
  for (const ObjectInfo& info : page->objects) keys.keys.push_back(info.key);
  co_return keys;
}

Task<void> an_empty_store_lists_nothing(Environment&, ObjectStoreSubject& subject) {
  for (const char* const prefix : {"", "a", "a/"}) {
    for (const char* const after : {"", "a", "zz"}) {
      EXPECT_EQ(co_await page_of(subject.store(), prefix, after, 10), Page());
    }
  }
}

Task<void> a_list_begins_after_a_key_that_is_there(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"a", "b", "c"});
  EXPECT_EQ(co_await page_of(subject.other(), "", "a", 10), (Page{{"b", "c"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "", "c", 10), Page());
}

Task<void> a_list_begins_after_a_key_that_is_absent(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"a", "c", "e"});
  EXPECT_EQ(co_await page_of(subject.other(), "", "b", 10), (Page{{"c", "e"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "", "a0", 10), (Page{{"c", "e"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "", "A", 10), (Page{{"a", "c", "e"}, false}));
}

Task<void> a_start_before_the_prefix_is_its_beginning(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"a", "m", "m/1", "m/2", "z"});
  EXPECT_EQ(co_await page_of(subject.other(), "m", "a", 10), (Page{{"m", "m/1", "m/2"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "m/", "m", 10), (Page{{"m/1", "m/2"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "m", "m", 10), (Page{{"m/1", "m/2"}, false}));
}

Task<void> a_start_past_the_prefix_lists_nothing(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"a/1", "a/2", "z"});
  EXPECT_EQ(co_await page_of(subject.other(), "a/", "b", 10), Page());
  EXPECT_EQ(co_await page_of(subject.other(), "a/", "a/2", 10), Page());
}

Task<void> prefixes_nest(Environment&, ObjectStoreSubject& subject) {
  const Keys all{"a", "a/b", "a/b/c", "a/b/c/d", "a/bb", "aa"};
  co_await put_all(subject.store(), all);
  for (const char* const prefix : {"a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/", "a/b/c/d", "aa"}) {
    Keys expected;
    std::ranges::copy_if(all, std::back_inserter(expected),
                         [&](const std::string& key) { return key.starts_with(prefix); });
    EXPECT_EQ(co_await page_of(subject.other(), prefix, "", 10), (Page{expected, false})) << prefix;
  }
}

Task<void> a_prefix_is_no_folder(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"index/1", "index_log/1", "indexes", "ind"});
  EXPECT_EQ(co_await page_of(subject.other(), "index", "", 10),
            (Page{{"index/1", "index_log/1", "indexes"}, false}));
}

Task<void> a_full_page_need_not_be_followed(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"p/1", "p/2", "p/3", "q"});
  EXPECT_EQ(co_await page_of(subject.other(), "p/", "", 3), (Page{{"p/1", "p/2", "p/3"}, false}));
  EXPECT_EQ(co_await page_of(subject.other(), "p/", "", 2), (Page{{"p/1", "p/2"}, true}));
  EXPECT_EQ(co_await page_of(subject.other(), "", "", 4),
            (Page{{"p/1", "p/2", "p/3", "q"}, false}));
}

Task<void> thousands_of_keys_are_listed_once(Environment&, ObjectStoreSubject& subject) {
  Keys keys;
  for (int i = 0; i < 2'100; ++i) keys.push_back(fmt::format("many/{:05}", i * 11 % 2'100));
  co_await put_all(subject.store(), keys);
  co_await put_all(subject.store(), {"man", "many0"});
  std::ranges::sort(keys);
  EXPECT_EQ(co_await all_keys(subject.other(), "many/", 1'000), keys);
  EXPECT_EQ(co_await all_keys(subject.other(), "many/", 999), keys);
  EXPECT_EQ((co_await page_of(subject.other(), "many/01", "", 1'000)).keys.size(), 1'000u);
}

Task<void> lists_tell_sizes(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a", pattern(70'000)));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("b", ""));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("c", pattern(subject.large_bytes() + 3)));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a", "shorter"));
  EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await subject.other().list("", "", 10));
  EXPECT_EQ(page.objects,
            (std::vector<ObjectInfo>{{"a", 7}, {"b", 0}, {"c", subject.large_bytes() + 3}}));
}

Task<void> a_removed_cursor_still_leads_on(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"a", "b", "c", "d", "e"});
  EXPECT_EQ(co_await page_of(subject.other(), "", "", 2), (Page{{"a", "b"}, true}));
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("b"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("c"));
  EXPECT_EQ(co_await page_of(subject.other(), "", "b", 2), (Page{{"d", "e"}, false}));
}

Task<void> keys_added_while_paging_are_where_they_belong(Environment&,
                                                         ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"b", "d", "f"});
  EXPECT_EQ(co_await page_of(subject.other(), "", "", 2), (Page{{"b", "d"}, true}));
  co_await put_all(subject.store(), {"a", "c", "e", "g"});
  EXPECT_EQ(co_await page_of(subject.other(), "", "d", 10), (Page{{"e", "f", "g"}, false}));
}

Task<void> come_and_go(ObjectStore& store, std::string key, int times) {
  for (int i = 0; i < times; ++i) {
    EYRIE_CO_ASSERT_OK(co_await store.put(key, "x"));
    EYRIE_CO_ASSERT_OK(co_await store.remove(key));
  }
}

Task<void> what_stays_is_listed_while_others_come_and_go(Environment&,
                                                         ObjectStoreSubject& subject) {
  const Keys stay{"k/01", "k/03", "k/05", "k/07", "k/09"};
  co_await put_all(subject.store(), stay);
  TaskGroup group(co_await this_scope());
  for (const char* const key : {"k/00", "k/04", "k/08"}) {
    group.spawn(come_and_go(subject.store(), key, 10));
  }
  for (int round = 0; round < 10; ++round) {
    Keys seen = co_await all_keys(subject.other(), "k/", 2);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    std::erase_if(
        seen, [&](const std::string& key) { return std::ranges::find(stay, key) == stay.end(); });
    EXPECT_EQ(seen, stay);
  }
  co_await group.join();
  EXPECT_EQ(co_await all_keys(subject.other(), "", 10), stay);
}

// --- keys ---

Task<void> keys_differ_in_case(Environment&, ObjectStoreSubject& subject) {
  co_await put_all(subject.store(), {"key", "Key", "KEY"});
  EXPECT_EQ((co_await subject.other().get("Key")).value_or(""), "Key");
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("Key"));
  EXPECT_EQ(co_await all_keys(subject.other(), "", 10), (Keys{"KEY", "key"}));
}

Task<void> a_key_may_begin_another(Environment&, ObjectStoreSubject& subject) {
  const Keys keys{"a", "a/b", "a/b/c", "ab"};
  co_await put_all(subject.store(), keys);
  for (const std::string& key : keys) {
    EXPECT_EQ((co_await subject.other().get(key)).value_or(""), key);
  }
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("a/b"));
  EXPECT_EQ(co_await get_code(subject.other(), "a/b"), Code::not_found);
  EXPECT_EQ(co_await all_keys(subject.other(), "", 10), (Keys{"a", "a/b/c", "ab"}));
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("a"));
  EXPECT_EQ((co_await subject.other().get("a/b/c")).value_or(""), "a/b/c");
}

Task<void> slashes_are_bytes_like_others(Environment&, ObjectStoreSubject& subject) {
  const Keys keys{"/", "//", "/a", "a/", "a//", "a//b", "a/b"};
  co_await put_all(subject.store(), keys);
  for (const std::string& key : keys) {
    EXPECT_EQ((co_await subject.other().get(key)).value_or("absent"), key);
    EXPECT_EQ(status_of(co_await subject.other().head(key)), Status()) << key;
  }
  EXPECT_EQ(co_await all_keys(subject.other(), "", 3), keys);
  EXPECT_EQ(co_await all_keys(subject.other(), "/", 3), (Keys{"/", "//", "/a"}));
}

Task<void> keys_like_those_of_a_table_are_keys(Environment&, ObjectStoreSubject& subject) {
  const Keys keys{"t/day=2026-11-30/part-0.bin",
                  "t/day=2026-11-30/part-1.bin",
                  "t/day=/x",
                  "t/-",
                  "t/=",
                  "t/_",
                  "t/.hidden",
                  "t/a.b.c",
                  "t/00-11=22_33.44"};
  co_await put_all(subject.store(), keys);
  const std::set<std::string> sorted(keys.begin(), keys.end());
  EXPECT_EQ(co_await all_keys(subject.other(), "t/", 2), Keys(sorted.begin(), sorted.end()));
  for (const std::string& key : keys) {
    EXPECT_EQ((co_await subject.other().get(key)).value_or("absent"), key);
  }
}

Task<void> the_longest_keys_are_kept_apart(Environment&, ObjectStoreSubject& subject) {
  // 900 bytes, in folders and in one name; they differ in the last byte alone.
  std::string deep;
  while (deep.size() < 899) deep += deep.size() % 10 == 9 ? '/' : 'd';
  const Keys keys{deep + "1", deep + "2", std::string(899, 'n') + "1", std::string(899, 'n') + "2"};
  co_await put_all(subject.store(), keys);
  for (const std::string& key : keys) {
    EXPECT_EQ((co_await subject.other().get(key)).value_or("absent"), key);
  }
  EXPECT_EQ(co_await all_keys(subject.other(), "", 3), keys);
  const std::string beyond(1'025, 'k');
  EXPECT_EQ((co_await subject.store().put(beyond, "x")).code(), Code::invalid_argument);
}

TEST_P(ObjectStoreSuite, AnEmptyStoreListsNothing) {
  run(an_empty_store_lists_nothing);
}
TEST_P(ObjectStoreSuite, AListBeginsAfterAKeyThatIsThere) {
  run(a_list_begins_after_a_key_that_is_there);
}
TEST_P(ObjectStoreSuite, AListBeginsAfterAKeyThatIsAbsent) {
  run(a_list_begins_after_a_key_that_is_absent);
}
TEST_P(ObjectStoreSuite, AStartBeforeThePrefixIsItsBeginning) {
  run(a_start_before_the_prefix_is_its_beginning);
}
TEST_P(ObjectStoreSuite, AStartPastThePrefixListsNothing) {
  run(a_start_past_the_prefix_lists_nothing);
}
TEST_P(ObjectStoreSuite, PrefixesNest) {
  run(prefixes_nest);
}
TEST_P(ObjectStoreSuite, APrefixIsNoFolder) {
  run(a_prefix_is_no_folder);
}
TEST_P(ObjectStoreSuite, AFullPageNeedNotBeFollowed) {
  run(a_full_page_need_not_be_followed);
}
TEST_P(ObjectStoreSuite, ThousandsOfKeysAreListedOnce) {
  run(thousands_of_keys_are_listed_once);
}
TEST_P(ObjectStoreSuite, ListsTellSizes) {
  run(lists_tell_sizes);
}
TEST_P(ObjectStoreSuite, ARemovedCursorStillLeadsOn) {
  run(a_removed_cursor_still_leads_on);
}
TEST_P(ObjectStoreSuite, KeysAddedWhilePagingAreWhereTheyBelong) {
  run(keys_added_while_paging_are_where_they_belong);
}
TEST_P(ObjectStoreSuite, WhatStaysIsListedWhileOthersComeAndGo) {
  run(what_stays_is_listed_while_others_come_and_go);
}
TEST_P(ObjectStoreSuite, KeysDifferInCase) {
  run(keys_differ_in_case);
}
TEST_P(ObjectStoreSuite, AKeyMayBeginAnother) {
  run(a_key_may_begin_another);
}
TEST_P(ObjectStoreSuite, SlashesAreBytesLikeOthers) {
  run(slashes_are_bytes_like_others);
}
TEST_P(ObjectStoreSuite, KeysLikeThoseOfATableAreKeys) {
  run(keys_like_those_of_a_table_are_keys);
}
TEST_P(ObjectStoreSuite, TheLongestKeysAreKeptApart) {
  run(the_longest_keys_are_kept_apart);
}

}  // namespace
}  // namespace eyrie::storage::test
