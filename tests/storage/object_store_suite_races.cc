// Several at once: writers, readers, those who create and those who remove.
#include <set>

#include "tests/storage/object_store_cases.h"

namespace eyrie::storage::test {
namespace {

// An object that tells its version in every byte, and by its length.
Bytes version_bytes(std::size_t version) {
  return Bytes(10'000 + 100 * version, static_cast<char>('a' + version));
}

ObjectStore& client(ObjectStoreSubject& subject, std::size_t i) {
  return i % 2 == 0 ? subject.store() : subject.other();
}

Task<void> write_versions(ObjectStore& store, std::size_t count, bool& done) {
  for (std::size_t version = 1; version <= count; ++version) {
    EYRIE_CO_ASSERT_OK(co_await store.put("key", version_bytes(version)));
  }
  done = true;
}

Task<void> the_last_put_is_seen_by_all_at_once(Environment&, ObjectStoreSubject& subject) {
  for (std::size_t version = 0; version < 20; ++version) {
    EYRIE_CO_ASSERT_OK(co_await client(subject, version).put("key", version_bytes(version)));
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await client(subject, version + 1).get("key"));
    EXPECT_TRUE(got == version_bytes(version)) << version;
  }
}

Task<void> readers_during_overwrites_never_go_back(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", version_bytes(0)));
  bool done = false;
  TaskGroup group(co_await this_scope());
  group.spawn(write_versions(subject.store(), 15, done));
  std::size_t last = 0;
  while (!done) {
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("key"));
    const auto version = static_cast<std::size_t>(got.at(0) - 'a');
    EXPECT_TRUE(got == version_bytes(version));
    EXPECT_GE(version, last);
    last = version;
  }
  co_await group.join();
  EXPECT_EQ((co_await subject.other().get("key")).value_or("").size(), version_bytes(15).size());
}

Task<void> heads_during_overwrites_are_of_one_version(Environment& environment,
                                                      ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", version_bytes(0)));
  bool done = false;
  TaskGroup group(co_await this_scope());
  group.spawn(write_versions(subject.store(), 15, done));
  std::uint64_t last = 0;
  while (!done) {
    EYRIE_CO_ASSERT_VALUE(const ObjectInfo info, co_await subject.other().head("key"));
    EXPECT_EQ(info.size % 100, 0u);
    EXPECT_GE(info.size, last);
    last = info.size;
    // A head may be answered without a wait, and would let nobody else run.
    EYRIE_CO_ASSERT_OK(co_await environment.clock.sleep_for(1ms));
  }
  co_await group.join();
}

Task<void> ranges_during_overwrites_are_of_one_version(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", version_bytes(0)));
  bool done = false;
  TaskGroup group(co_await this_scope());
  group.spawn(write_versions(subject.store(), 15, done));
  while (!done) {
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get_range("key", 100, 9'000));
    EXPECT_EQ(got, Bytes(9'000, got.at(0)));
  }
  co_await group.join();
}

Task<void> puts_at_once_leave_one_of_them(Environment&, ObjectStoreSubject& subject) {
  std::vector<std::vector<Status>> statuses(8);
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    group.spawn(note_put(client(subject, i), "key", version_bytes(i), false, statuses[i]));
  }
  co_await group.join();
  for (const auto& status : statuses) EXPECT_TRUE(status.at(0).ok()) << status[0];
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("key"));
  EXPECT_TRUE(got == version_bytes(static_cast<std::size_t>(got.at(0) - 'a')));
  EYRIE_CO_ASSERT_VALUE(const Bytes again, co_await subject.store().get("key"));
  EXPECT_TRUE(got == again);
}

// How many of them say that they created the object.
std::size_t winners(const std::vector<Status>& statuses) {
  std::size_t count = 0;
  for (const Status& status : statuses) {
    EXPECT_TRUE(status.ok() || status.code() == Code::already_exists) << status;
    count += status.ok() ? 1 : 0;
  }
  return count;
}

Task<void> each_of_many_keys_has_one_creator(Environment&, ObjectStoreSubject& subject) {
  std::vector<std::vector<Status>> statuses(6);
  TaskGroup group(co_await this_scope());
  for (std::size_t writer = 0; writer < 6; ++writer) {
    for (std::size_t key = 0; key < statuses.size(); ++key) {
      group.spawn(note_put(client(subject, writer + key), "race/" + std::to_string(key),
                           version_bytes(writer), true, statuses[key]));
    }
  }
  co_await group.join();
  for (const std::vector<Status>& of_key : statuses) EXPECT_EQ(winners(of_key), 1u);
  EXPECT_EQ((co_await all_keys(subject.other(), "race/", 10)).size(), 6u);
}

Task<void> of_sixteen_large_creations_one_wins(Environment&, ObjectStoreSubject& subject) {
  std::vector<Status> statuses;
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < 16; ++i) {
    group.spawn(note_put(client(subject, i), "key", Bytes(300'000 + i, static_cast<char>('a' + i)),
                         true, statuses));
  }
  co_await group.join();
  EXPECT_EQ(winners(statuses), 1u);
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("key"));
  EXPECT_EQ(got, Bytes(300'000 + static_cast<std::size_t>(got.at(0) - 'a'), got[0]));
}

// Tries to create, and looks at the object at once if somebody was first.
Task<void> create_or_see(ObjectStore& store, std::size_t i, std::vector<Bytes>& seen) {
  const Status status = co_await store.put_if_absent("key", version_bytes(i));
  EXPECT_TRUE(status.ok() || status.code() == Code::already_exists) << status;
  Result<Bytes> got = co_await store.get("key");
  EYRIE_CO_ASSERT_OK(got);
  if (status.ok()) EXPECT_TRUE(*got == version_bytes(i));
  seen.push_back(*std::move(got));
}

Task<void> who_comes_second_sees_the_first(Environment&, ObjectStoreSubject& subject) {
  std::vector<Bytes> seen;
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < 8; ++i) group.spawn(create_or_see(client(subject, i), i, seen));
  co_await group.join();
  EXPECT_EQ(seen.size(), 8u);
  EXPECT_EQ(std::set<Bytes>(seen.begin(), seen.end()).size(), 1u);
}

Task<void> a_removed_object_is_created_again_once(Environment&, ObjectStoreSubject& subject) {
  for (std::size_t round = 0; round < 4; ++round) {
    std::vector<Status> statuses;
    TaskGroup group(co_await this_scope());
    for (std::size_t i = 0; i < 4; ++i) {
      group.spawn(
          note_put(client(subject, i), "key", version_bytes(i + 4 * round), true, statuses));
    }
    co_await group.join();
    EXPECT_EQ(winners(statuses), 1u) << round;
    EYRIE_CO_ASSERT_OK(co_await client(subject, round).remove("key"));
    EXPECT_EQ(co_await get_code(client(subject, round + 1), "key"), Code::not_found);
  }
}

Task<void> a_put_beside_a_creation_is_not_lost(Environment&, ObjectStoreSubject& subject) {
  for (std::size_t round = 0; round < 5; ++round) {
    const std::string key = "key/" + std::to_string(round);
    std::vector<Status> put;
    std::vector<Status> created;
    TaskGroup group(co_await this_scope());
    group.spawn(note_put(subject.other(), key, version_bytes(1), true, created));
    group.spawn(note_put(subject.store(), key, version_bytes(2), false, put));
    co_await group.join();
    EXPECT_TRUE(put.at(0).ok()) << put[0];
    winners(created);
    // Whichever came first, the put wrote over it or kept the creation out.
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get(key));
    EXPECT_TRUE(got == version_bytes(2)) << round;
  }
}

Task<void> objects_come_and_go_many_times(Environment&, ObjectStoreSubject& subject) {
  for (std::size_t round = 0; round < 10; ++round) {
    EYRIE_CO_ASSERT_OK(co_await client(subject, round).put("key", version_bytes(round)));
    EXPECT_EQ(co_await all_keys(client(subject, round + 1), "", 10),
              std::vector<std::string>{"key"});
    EYRIE_CO_ASSERT_OK(co_await client(subject, round + 1).remove("key"));
    EXPECT_EQ(co_await get_code(client(subject, round), "key"), Code::not_found);
    EXPECT_EQ((co_await client(subject, round).head("key")).error().code(), Code::not_found);
    EXPECT_EQ(co_await all_keys(client(subject, round), "", 10), std::vector<std::string>());
  }
}

Task<void> remove_key(ObjectStore& store, std::string key, std::vector<Status>& statuses) {
  statuses.push_back(co_await store.remove(std::move(key)));
}

Task<void> all_who_remove_an_object_succeed(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", "x"));
  std::vector<Status> statuses;
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < 6; ++i) group.spawn(remove_key(client(subject, i), "key", statuses));
  co_await group.join();
  for (const Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(co_await get_code(subject.other(), "key"), Code::not_found);
}

Task<void> a_removal_leaves_the_neighbours(Environment&, ObjectStoreSubject& subject) {
  const std::vector<std::string> keys{"a", "a-", "a/", "a/a", "a0", "aa"};
  for (const std::string& gone : keys) {
    for (const std::string& key : keys) EYRIE_CO_ASSERT_OK(co_await subject.store().put(key, key));
    EYRIE_CO_ASSERT_OK(co_await subject.store().remove(gone));
    std::vector<std::string> left = keys;
    std::erase(left, gone);
    EXPECT_EQ(co_await all_keys(subject.other(), "", 10), left) << gone;
  }
}

Task<void> readers_of_a_removed_object_see_all_or_nothing(Environment&,
                                                          ObjectStoreSubject& subject) {
  for (int round = 0; round < 5; ++round) {
    EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", version_bytes(3)));
    std::vector<Result<Bytes>> got;
    std::vector<Status> removed;
    TaskGroup group(co_await this_scope());
    for (int i = 0; i < 4; ++i) group.spawn(note_get(subject.other(), "key", got));
    group.spawn(remove_key(subject.store(), "key", removed));
    for (int i = 0; i < 4; ++i) group.spawn(note_get(subject.other(), "key", got));
    co_await group.join();
    EXPECT_TRUE(removed.at(0).ok()) << removed[0];
    EXPECT_EQ(got.size(), 8u);
    for (const Result<Bytes>& read : got) {
      if (read) EXPECT_TRUE(*read == version_bytes(3));
      if (!read) EXPECT_EQ(read.error().code(), Code::not_found) << read.error();
    }
  }
}

Task<void> many_objects_outlive_the_client(Environment& environment, ObjectStoreSubject& subject) {
  std::vector<std::string> keys;
  for (int i = 10; i < 60; ++i) keys.push_back("keep/" + std::to_string(i));
  co_await put_all(subject.store(), keys);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("keep/large", pattern(subject.large_bytes())));
  co_await subject.stop();
  EYRIE_CO_ASSERT_OK(co_await subject.start(environment));
  for (const std::string& key : keys) {
    EXPECT_EQ((co_await subject.store().get(key)).value_or("absent"), key);
  }
  EYRIE_CO_ASSERT_VALUE(const Bytes large, co_await subject.other().get("keep/large"));
  EXPECT_TRUE(large == pattern(subject.large_bytes()));
  keys.push_back("keep/large");
  EXPECT_EQ(co_await all_keys(subject.store(), "keep/", 7), keys);
}

TEST_P(ObjectStoreSuite, TheLastPutIsSeenByAllAtOnce) {
  run(the_last_put_is_seen_by_all_at_once);
}
TEST_P(ObjectStoreSuite, ReadersDuringOverwritesNeverGoBack) {
  run(readers_during_overwrites_never_go_back);
}
TEST_P(ObjectStoreSuite, HeadsDuringOverwritesAreOfOneVersion) {
  run(heads_during_overwrites_are_of_one_version);
}
TEST_P(ObjectStoreSuite, RangesDuringOverwritesAreOfOneVersion) {
  run(ranges_during_overwrites_are_of_one_version);
}
TEST_P(ObjectStoreSuite, PutsAtOnceLeaveOneOfThem) {
  run(puts_at_once_leave_one_of_them);
}
TEST_P(ObjectStoreSuite, EachOfManyKeysHasOneCreator) {
  run(each_of_many_keys_has_one_creator);
}
TEST_P(ObjectStoreSuite, OfSixteenLargeCreationsOneWins) {
  run(of_sixteen_large_creations_one_wins);
}
TEST_P(ObjectStoreSuite, WhoComesSecondSeesTheFirst) {
  run(who_comes_second_sees_the_first);
}
TEST_P(ObjectStoreSuite, ARemovedObjectIsCreatedAgainOnce) {
  run(a_removed_object_is_created_again_once);
}
TEST_P(ObjectStoreSuite, APutBesideACreationIsNotLost) {
  run(a_put_beside_a_creation_is_not_lost);
}
TEST_P(ObjectStoreSuite, ObjectsComeAndGoManyTimes) {
  run(objects_come_and_go_many_times);
}
TEST_P(ObjectStoreSuite, AllWhoRemoveAnObjectSucceed) {
  run(all_who_remove_an_object_succeed);
}
TEST_P(ObjectStoreSuite, ARemovalLeavesTheNeighbours) {
  run(a_removal_leaves_the_neighbours);
}
TEST_P(ObjectStoreSuite, ReadersOfARemovedObjectSeeAllOrNothing) {
  run(readers_of_a_removed_object_see_all_or_nothing);
}
TEST_P(ObjectStoreSuite, ManyObjectsOutliveTheClient) {
  run(many_objects_outlive_the_client);
}

}  // namespace
}  // namespace eyrie::storage::test
