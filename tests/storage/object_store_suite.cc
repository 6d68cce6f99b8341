// The rules of the seam, one by one; what lies at the edges of each is in the other files.
#include "tests/storage/object_store_suite.h"

#include <set>

#include "tests/storage/object_store_cases.h"

namespace eyrie::storage::test {
namespace {

Task<void> objects_are_read_back(Environment&, ObjectStoreSubject& subject) {
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 200'000u}) {
    const std::string key = "sizes/" + std::to_string(size);
    const Bytes data = pattern(size, size);
    EYRIE_CO_ASSERT_OK(co_await subject.store().put(key, data));
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get(key));
    EXPECT_TRUE(got == data) << size;
    EYRIE_CO_ASSERT_VALUE(const ObjectInfo info, co_await subject.other().head(key));
    EXPECT_EQ(info, (ObjectInfo{key, size}));
  }
}

Task<void> absent_objects_are_not_found(Environment&, ObjectStoreSubject& subject) {
  EXPECT_EQ(co_await get_code(subject.store(), "nothing"), Code::not_found);
  EXPECT_EQ((co_await subject.store().head("nothing")).error().code(), Code::not_found);
  EXPECT_EQ((co_await subject.store().get_range("nothing", 0, 1)).error().code(), Code::not_found);
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("nothing"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("nothing/more", "x"));
  EXPECT_EQ(co_await get_code(subject.store(), "nothing"), Code::not_found);
}

Task<void> a_put_replaces(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", pattern(100'000)));
  EYRIE_CO_ASSERT_OK(co_await subject.other().put("key", "short"));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.store().get("key"));
  EXPECT_EQ(got, "short");
  EYRIE_CO_ASSERT_VALUE(const ObjectInfo info, co_await subject.store().head("key"));
  EXPECT_EQ(info.size, 5u);
}

Task<void> put_if_absent_never_replaces(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put_if_absent("key", "first"));
  EXPECT_EQ((co_await subject.other().put_if_absent("key", "second")).code(), Code::already_exists);
  EXPECT_EQ((co_await subject.store().put_if_absent("key", "first")).code(), Code::already_exists);
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.store().get("key"));
  EXPECT_EQ(got, "first");
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("key"));
  EYRIE_CO_ASSERT_OK(co_await subject.other().put_if_absent("key", "third"));
}

Task<void> one_of_many_puts_if_absent_wins(Environment&, ObjectStoreSubject& subject) {
  for (int round = 0; round < 5; ++round) {
    const std::string key = "race/" + std::to_string(round);
    std::vector<std::vector<Status>> statuses(8);
    TaskGroup group(co_await this_scope());
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      ObjectStore& store = i % 2 == 0 ? subject.store() : subject.other();
      group.spawn(note_put(store, key, pattern(1'000 * (i + 1), i), true, statuses[i]));
    }
    co_await group.join();
    std::size_t winner = statuses.size();
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      if (statuses[i][0].ok()) {
        EXPECT_EQ(winner, statuses.size()) << "two writers won";
        winner = i;
      } else {
        EXPECT_EQ(statuses[i][0].code(), Code::already_exists) << statuses[i][0];
      }
    }
    EYRIE_CO_ASSERT(winner < statuses.size());
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.store().get(key));
    EXPECT_TRUE(got == pattern(1'000 * (winner + 1), winner));
  }
}

Task<void> readers_see_whole_objects(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", pattern(70'000, 0)));
  std::vector<Status> statuses;
  std::vector<Result<Bytes>> got;
  {
    TaskGroup group(co_await this_scope());
    for (std::size_t i = 1; i <= 10; ++i) {
      group.spawn(
          note_put(subject.store(), "key", pattern(70'000 + i * 1'000, i), false, statuses));
      group.spawn(note_get(subject.other(), "key", got));
      group.spawn(note_get(subject.other(), "key", got));
    }
    co_await group.join();
  }
  for (const Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  for (const Result<Bytes>& read : got) {
    EYRIE_CO_ASSERT_OK(read);
    const std::size_t i = (read->size() - 70'000) / 1'000;
    EXPECT_TRUE(*read == pattern(70'000 + i * 1'000, i));
  }
}

Task<void> ranges_are_parts_of_objects(Environment&, ObjectStoreSubject& subject) {
  const std::size_t size = 150'000;
  const Bytes data = pattern(size);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", data));
  for (const std::size_t offset : {0u, 1u, 65'535u, 65'536u, 131'072u, 149'999u, 150'000u}) {
    for (const std::size_t length : {1u, 2u, 65'536u, 65'537u, 1'000'000u}) {
      EYRIE_CO_ASSERT_VALUE(const Bytes got,
                            co_await subject.other().get_range("key", offset, length));
      EXPECT_TRUE(got == data.substr(offset, length)) << offset << " " << length;
    }
  }
  EYRIE_CO_ASSERT_VALUE(const Bytes none, co_await subject.store().get_range("key", 5, 0));
  EXPECT_EQ(none, "");
  EXPECT_EQ((co_await subject.store().get_range("key", size + 1, 1)).error().code(),
            Code::out_of_range);
}

Task<void> lists_are_in_key_order(Environment&, ObjectStoreSubject& subject) {
  // In byte order '-' < '.' < '/' < digits < '=' < upper case < '_' < lower case.
  const std::vector<std::string> keys{"a",     "a-b",   "a.b",   "a/",   "a//b", "a/b",
                                      "a/b/c", "a/b=c", "a/b_c", "a0",   "aB",   "a_b",
                                      "ab",    "b/0",   "b/1",   "b/10", "b/2",  "ba"};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    EYRIE_CO_ASSERT_OK(co_await subject.store().put(*key, *key));
  }
  const auto with_prefix = [&keys](const std::string& prefix) {
    std::vector<std::string> found;
    for (const std::string& key : keys) {
      if (key.starts_with(prefix)) found.push_back(key);
    }
    return found;
  };
  for (const char* prefix : {"", "a", "a/", "a/b", "b/1", "c"}) {
    for (const std::size_t limit : {1u, 2u, 7u, 18u, 1'000u}) {
      EXPECT_EQ(co_await all_keys(subject.other(), prefix, limit), with_prefix(prefix)) << prefix;
    }
  }
  EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await subject.store().list("b/", "b/10", 10));
  EYRIE_CO_ASSERT(page.objects.size() == 1);
  EXPECT_EQ(page.objects[0], (ObjectInfo{"b/2", 3}));
  EXPECT_FALSE(page.more);
  EYRIE_CO_ASSERT_VALUE(const ObjectPage between, co_await subject.store().list("b", "b/11", 1));
  EYRIE_CO_ASSERT(between.objects.size() == 1);
  EXPECT_EQ(between.objects[0].key, "b/2");
  EXPECT_TRUE(between.more);
  EYRIE_CO_ASSERT_VALUE(const ObjectPage before, co_await subject.store().list("b/", "a", 1));
  EYRIE_CO_ASSERT(before.objects.size() == 1);
  EXPECT_EQ(before.objects[0].key, "b/0");
}

Task<void> removed_objects_are_gone_at_once(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a/b", "x"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a/c", "y"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("a/b"));
  EXPECT_EQ(co_await get_code(subject.other(), "a/b"), Code::not_found);
  EXPECT_EQ(co_await all_keys(subject.other(), "", 10), std::vector<std::string>{"a/c"});
  EYRIE_CO_ASSERT_OK(co_await subject.other().remove("a/b"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a/b", "z"));
  EXPECT_EQ((co_await subject.other().get("a/b")).value_or(""), "z");
}

Task<void> odd_keys_are_keys(Environment&, ObjectStoreSubject& subject) {
  std::vector<std::string> keys{
      "..", "../../etc", "./a", "a/./b", "a/../b", "a=1", "files/insert_log/1/2/3/4.5",
      "-",  "_",         "lock"};
  keys.push_back(std::string(600, 'k') + "/" + std::string(300, 'l'));
  keys.push_back(std::string(600, 'k'));
  for (const std::string& key : keys) {
    EYRIE_CO_ASSERT_OK(co_await subject.store().put(key, "of " + key));
  }
  for (const std::string& key : keys) {
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get(key));
    EXPECT_EQ(got, "of " + key);
  }
  const std::set<std::string> sorted(keys.begin(), keys.end());
  EXPECT_EQ(co_await all_keys(subject.other(), "", 3),
            std::vector<std::string>(sorted.begin(), sorted.end()));
}

Task<void> what_is_no_key_is_refused(Environment&, ObjectStoreSubject& subject) {
  for (const std::string& key : {std::string(), std::string("a b"), std::string("a%2f"),
                                 std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    EXPECT_EQ((co_await subject.store().put(key, "x")).code(), Code::invalid_argument) << key;
    EXPECT_EQ(co_await get_code(subject.store(), key), Code::invalid_argument) << key;
  }
  EXPECT_EQ((co_await subject.store().list("", "", 0)).error().code(), Code::invalid_argument);
  EXPECT_EQ((co_await subject.store().list("", "", 1'001)).error().code(), Code::invalid_argument);
}

Task<void> objects_outlive_the_client(Environment& environment, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a/b", pattern(100'000)));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("a", "x"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("c", "y"));
  EYRIE_CO_ASSERT_OK(co_await subject.store().remove("c"));
  co_await subject.stop();
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  EXPECT_EQ(co_await all_keys(subject.store(), "", 10), (std::vector<std::string>{"a", "a/b"}));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.store().get("a/b"));
  EXPECT_TRUE(got == pattern(100'000));
  EXPECT_EQ((co_await subject.store().put_if_absent("a", "z")).code(), Code::already_exists);
}

TEST_P(ObjectStoreSuite, ObjectsAreReadBack) {
  run(objects_are_read_back);
}
TEST_P(ObjectStoreSuite, AbsentObjectsAreNotFound) {
  run(absent_objects_are_not_found);
}
TEST_P(ObjectStoreSuite, APutReplaces) {
  run(a_put_replaces);
}
TEST_P(ObjectStoreSuite, PutIfAbsentNeverReplaces) {
  run(put_if_absent_never_replaces);
}
TEST_P(ObjectStoreSuite, OneOfManyPutsIfAbsentWins) {
  run(one_of_many_puts_if_absent_wins);
}
TEST_P(ObjectStoreSuite, ReadersSeeWholeObjects) {
  run(readers_see_whole_objects);
}
TEST_P(ObjectStoreSuite, RangesArePartsOfObjects) {
  run(ranges_are_parts_of_objects);
}
TEST_P(ObjectStoreSuite, ListsAreInKeyOrder) {
  run(lists_are_in_key_order);
}
TEST_P(ObjectStoreSuite, RemovedObjectsAreGoneAtOnce) {
  run(removed_objects_are_gone_at_once);
}
TEST_P(ObjectStoreSuite, OddKeysAreKeys) {
  run(odd_keys_are_keys);
}
TEST_P(ObjectStoreSuite, WhatIsNoKeyIsRefused) {
  run(what_is_no_key_is_refused);
}
TEST_P(ObjectStoreSuite, ObjectsOutliveTheClient) {
  run(objects_outlive_the_client);
}

}  // namespace
}  // namespace eyrie::storage::test
