// Objects of every size, and ranges at every edge.
#include <algorithm>
#include <cstdint>

#include "tests/storage/object_store_cases.h"

namespace eyrie::storage::test {
namespace {

constexpr std::size_t kFiveMebibytes = std::size_t{5} << 20;

Task<void> check_round_trip(ObjectStoreSubject& subject, std::string key, std::size_t size) {
  const Bytes data = pattern(size, size);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put(key, data));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get(key));
  EXPECT_TRUE(got == data) << size;
  EYRIE_CO_ASSERT_VALUE(const ObjectInfo info, co_await subject.other().head(key));
  EXPECT_EQ(info.size, size);
}

Task<void> an_empty_object_is_an_object(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("empty", ""));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("empty"));
  EXPECT_EQ(got, "");
  EYRIE_CO_ASSERT_VALUE(const ObjectInfo info, co_await subject.other().head("empty"));
  EXPECT_EQ(info, (ObjectInfo{"empty", 0}));
  EYRIE_CO_ASSERT_VALUE(const ObjectPage page, co_await subject.other().list("", "", 10));
  EXPECT_EQ(page.objects, (std::vector<ObjectInfo>{{"empty", 0}}));
  EXPECT_EQ((co_await subject.other().put_if_absent("empty", "x")).code(), Code::already_exists);
}

Task<void> every_byte_is_kept(Environment&, ObjectStoreSubject& subject) {
  Bytes data;
  for (int byte = 0; byte < 256; ++byte) data += static_cast<char>(byte);
  data += "\r\n\r\n0\r\n\r\n<xml/>%00";
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("bytes", data));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("bytes"));
  EXPECT_TRUE(got == data);
}

Task<void> one_byte_is_an_object(Environment&, ObjectStoreSubject& subject) {
  co_await check_round_trip(subject, "one", 1);
}

Task<void> sizes_around_five_mebibytes(Environment&, ObjectStoreSubject& subject) {
  for (const std::size_t size : {kFiveMebibytes - 1, kFiveMebibytes, kFiveMebibytes + 1}) {
    co_await check_round_trip(subject, "sizes/" + std::to_string(size), size);
  }
}

Task<void> sizes_around_the_first_that_is_written_in_parts(Environment&,
                                                           ObjectStoreSubject& subject) {
  const std::size_t large = subject.large_bytes();
  for (const std::size_t size : {large - 1, large, large + 1}) {
    co_await check_round_trip(subject, "sizes/" + std::to_string(size), size);
  }
}

Task<void> an_object_of_several_parts_is_one(Environment&, ObjectStoreSubject& subject) {
  const std::size_t size = 2 * subject.large_bytes() + 17;
  co_await check_round_trip(subject, "parts", size);
  const Bytes data = pattern(size, size);
  for (const std::size_t offset : {subject.large_bytes() - 3, size - 20}) {
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get_range("parts", offset, 9));
    EXPECT_EQ(got, data.substr(offset, 9)) << offset;
  }
  EXPECT_EQ(co_await all_keys(subject.other(), "", 10), std::vector<std::string>{"parts"});
}

Task<void> put_if_absent_takes_large_objects(Environment&, ObjectStoreSubject& subject) {
  const Bytes data = pattern(subject.large_bytes() + 5);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put_if_absent("large", data));
  EXPECT_EQ((co_await subject.other().put_if_absent("large", pattern(data.size(), 1))).code(),
            Code::already_exists);
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get("large"));
  EXPECT_TRUE(got == data);
}

Task<void> large_and_small_replace_one_another(Environment&, ObjectStoreSubject& subject) {
  const std::size_t large = subject.large_bytes() + 1;
  for (const std::size_t size : {large, std::size_t{3}, large + 1, std::size_t{0}}) {
    co_await check_round_trip(subject, "key", size);
  }
}

Task<void> large_objects_are_removed_whole(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("large", pattern(subject.large_bytes() + 1)));
  EYRIE_CO_ASSERT_OK(co_await subject.other().remove("large"));
  EXPECT_EQ(co_await get_code(subject.store(), "large"), Code::not_found);
  EXPECT_EQ(co_await range_code(subject.store(), "large", 0, 1), Code::not_found);
  EXPECT_EQ(co_await all_keys(subject.store(), "", 10), std::vector<std::string>());
}

// --- ranges ---

constexpr std::size_t kSize = 1'000;

Task<void> check_range(ObjectStoreSubject& subject, std::uint64_t offset, std::uint64_t length) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", pattern(kSize)));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get_range("key", offset, length));
  EXPECT_EQ(got, pattern(kSize).substr(offset, length)) << offset << " " << length;
}

Task<void> a_range_may_be_the_whole_object(Environment&, ObjectStoreSubject& subject) {
  co_await check_range(subject, 0, kSize);
}

Task<void> a_range_may_be_one_byte(Environment&, ObjectStoreSubject& subject) {
  for (const std::uint64_t offset : {std::size_t{0}, kSize / 2, kSize - 1}) {
    co_await check_range(subject, offset, 1);
  }
}

Task<void> a_range_is_cut_at_the_objects_end(Environment&, ObjectStoreSubject& subject) {
  co_await check_range(subject, 0, kSize + 1);
  co_await check_range(subject, kSize - 1, 2);
  co_await check_range(subject, 1, kSize);
}

Task<void> a_range_at_the_objects_end_is_empty(Environment&, ObjectStoreSubject& subject) {
  co_await check_range(subject, kSize, 1);
  co_await check_range(subject, kSize, kSize);
}

Task<void> a_range_past_the_objects_end_is_refused(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", pattern(kSize)));
  for (const std::uint64_t offset : {std::uint64_t{kSize + 1}, std::uint64_t{1} << 40}) {
    EXPECT_EQ(co_await range_code(subject.other(), "key", offset, 1), Code::out_of_range) << offset;
  }
}

Task<void> a_range_of_nothing_is_empty(Environment&, ObjectStoreSubject& subject) {
  for (const std::uint64_t offset : {std::size_t{0}, std::size_t{1}, kSize}) {
    co_await check_range(subject, offset, 0);
  }
  EXPECT_EQ(co_await range_code(subject.store(), "key", kSize + 1, 0), Code::out_of_range);
  EXPECT_EQ(co_await range_code(subject.store(), "absent", 0, 0), Code::not_found);
}

Task<void> the_largest_numbers_are_no_trouble(Environment&, ObjectStoreSubject& subject) {
  co_await check_range(subject, 0, UINT64_MAX);
  co_await check_range(subject, kSize - 1, UINT64_MAX);
  co_await check_range(subject, kSize, UINT64_MAX);
  EXPECT_EQ(co_await range_code(subject.store(), "key", UINT64_MAX - 1, 1), Code::out_of_range);
  EXPECT_EQ(co_await range_code(subject.store(), "key", UINT64_MAX, 0), Code::out_of_range);
}

Task<void> ranges_of_an_empty_object(Environment&, ObjectStoreSubject& subject) {
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("empty", ""));
  EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get_range("empty", 0, 10));
  EXPECT_EQ(got, "");
  EXPECT_EQ(co_await range_code(subject.other(), "empty", 1, 1), Code::out_of_range);
}

Task<void> adjacent_ranges_make_the_object(Environment&, ObjectStoreSubject& subject) {
  const Bytes data = pattern(kSize);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", data));
  Bytes whole;
  for (std::uint64_t offset = 0; offset < kSize; offset += 77) {
    EYRIE_CO_ASSERT_VALUE(const Bytes got, co_await subject.other().get_range("key", offset, 77));
    whole += got;
  }
  EXPECT_EQ(whole, data);
}

Task<void> note_range(ObjectStore& store, std::uint64_t offset, std::uint64_t length,
                      std::vector<Result<Bytes>>& got) {
  Result<Bytes> range = co_await store.get_range("key", offset, length);
  got.push_back(std::move(range));
}

Task<void> many_read_ranges_at_once(Environment&, ObjectStoreSubject& subject) {
  const std::size_t size = 64'000;
  const Bytes data = pattern(size);
  EYRIE_CO_ASSERT_OK(co_await subject.store().put("key", data));
  std::vector<std::vector<Result<Bytes>>> got(16);
  TaskGroup group(co_await this_scope());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ObjectStore& store = i % 2 == 0 ? subject.store() : subject.other();
    group.spawn(note_range(store, i * 4'000, 4'000, got[i]));
  }
  co_await group.join();
  for (std::size_t i = 0; i < got.size(); ++i) {
    EYRIE_CO_ASSERT_OK(got[i].at(0));
    EXPECT_TRUE(*got[i][0] == data.substr(i * 4'000, 4'000)) << i;
  }
}

TEST_P(ObjectStoreSuite, AnEmptyObjectIsAnObject) {
  run(an_empty_object_is_an_object);
}
TEST_P(ObjectStoreSuite, EveryByteIsKept) {
  run(every_byte_is_kept);
}
TEST_P(ObjectStoreSuite, OneByteIsAnObject) {
  run(one_byte_is_an_object);
}
TEST_P(ObjectStoreSuite, SizesAroundFiveMebibytes) {
  run(sizes_around_five_mebibytes);
}
TEST_P(ObjectStoreSuite, SizesAroundTheFirstThatIsWrittenInParts) {
  run(sizes_around_the_first_that_is_written_in_parts);
}
TEST_P(ObjectStoreSuite, AnObjectOfSeveralPartsIsOne) {
  run(an_object_of_several_parts_is_one);
}
TEST_P(ObjectStoreSuite, PutIfAbsentTakesLargeObjects) {
  run(put_if_absent_takes_large_objects);
}
TEST_P(ObjectStoreSuite, LargeAndSmallReplaceOneAnother) {
  run(large_and_small_replace_one_another);
}
TEST_P(ObjectStoreSuite, LargeObjectsAreRemovedWhole) {
  run(large_objects_are_removed_whole);
}
TEST_P(ObjectStoreSuite, ARangeMayBeTheWholeObject) {
  run(a_range_may_be_the_whole_object);
}
TEST_P(ObjectStoreSuite, ARangeMayBeOneByte) {
  run(a_range_may_be_one_byte);
}
TEST_P(ObjectStoreSuite, ARangeIsCutAtTheObjectsEnd) {
  run(a_range_is_cut_at_the_objects_end);
}
TEST_P(ObjectStoreSuite, ARangeAtTheObjectsEndIsEmpty) {
  run(a_range_at_the_objects_end_is_empty);
}
TEST_P(ObjectStoreSuite, ARangePastTheObjectsEndIsRefused) {
  run(a_range_past_the_objects_end_is_refused);
}
TEST_P(ObjectStoreSuite, ARangeOfNothingIsEmpty) {
  run(a_range_of_nothing_is_empty);
}
TEST_P(ObjectStoreSuite, TheLargestNumbersAreNoTrouble) {
  run(the_largest_numbers_are_no_trouble);
}
TEST_P(ObjectStoreSuite, RangesOfAnEmptyObject) {
  run(ranges_of_an_empty_object);
}
TEST_P(ObjectStoreSuite, AdjacentRangesMakeTheObject) {
  run(adjacent_ranges_make_the_object);
}
TEST_P(ObjectStoreSuite, ManyReadRangesAtOnce) {
  run(many_read_ranges_at_once);
}

}  // namespace
}  // namespace eyrie::storage::test
