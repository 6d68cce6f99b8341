#include "nodes/query/segment_copy.h"

#include <numeric>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace eyrie::query {
namespace {

constexpr storage::FieldId kKey{100};
constexpr storage::FieldId kVector{101};
constexpr std::uint32_t kRows = 2 * Deletions::kPageRows + 10;

// Row r has the key r / 2 and the timestamp 10 + r % 2: every key is there twice.
SegmentCopy made_copy() {
  storage::Binlog binlog;
  std::vector<std::int64_t> keys;
  storage::FloatVectors vectors{1, {}};
  for (std::uint32_t row = 0; row < kRows; ++row) {
    keys.push_back(row / 2);
    vectors.values.push_back(1.0F);
    binlog.timestamps.emplace_back(10 + row % 2);
  }
  binlog.columns.columns = {{kKey, std::move(keys)}, {kVector, std::move(vectors)}};
  return SegmentCopy(
      make_segment_data(index::scalar_kernels(), std::move(binlog), kKey, kVector).value());
}

PrimaryKeys keys_of(std::vector<std::int64_t> keys) {
  return PrimaryKeys(std::move(keys));
}

void remove(SegmentCopy& copy, std::vector<std::int64_t> keys, std::int64_t at) {
  const std::vector<Timestamp> timestamps(keys.size(), Timestamp(at));
  copy.remove(copy.data()->struck_by(keys_of(std::move(keys)), timestamps));
}

std::vector<std::uint32_t> visible_rows(const SegmentView& view) {
  const index::Bitset bits = view.visible_rows();
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    if (bits.test(row)) rows.push_back(row);
  }
  EXPECT_EQ(bits.count(), rows.size());
  return rows;
}

std::vector<std::uint32_t> all_rows_but(const std::vector<std::uint32_t>& gone) {
  std::vector<std::uint32_t> rows(kRows);
  std::iota(rows.begin(), rows.end(), 0);
  std::erase_if(rows, [&](std::uint32_t row) { return std::ranges::count(gone, row) > 0; });
  return rows;
}

TEST(SegmentCopy, ADeleteStrikesTheRowsThatAreOlder) {
  SegmentCopy copy = made_copy();
  remove(copy, {3}, 11);  // row 6 of timestamp 10; row 7 has 11
  EXPECT_EQ(visible_rows(copy.view(Timestamp(20))), all_rows_but({6}));
  remove(copy, {3, 3}, 10);
  EXPECT_EQ(visible_rows(copy.view(Timestamp(20))), all_rows_but({6}));
  remove(copy, {3}, 12);
  EXPECT_EQ(visible_rows(copy.view(Timestamp(20))), all_rows_but({6, 7}));
  remove(copy, {-1, 100'000}, 12);
  EXPECT_EQ(visible_rows(copy.view(Timestamp(20))), all_rows_but({6, 7}));
}

TEST(SegmentCopy, ARowIsVisibleFromItsTimestampUntilTheEarliestDelete) {
  SegmentCopy copy = made_copy();
  remove(copy, {3}, 30);
  remove(copy, {3}, 20);
  remove(copy, {3}, 25);
  const auto found = [&](std::int64_t at) { return copy.view(Timestamp(at)).find(keys_of({3})); };
  EXPECT_EQ(found(9), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(found(10), (std::vector<std::uint32_t>{6}));
  EXPECT_EQ(found(19), (std::vector<std::uint32_t>{6, 7}));
  EXPECT_EQ(found(20), (std::vector<std::uint32_t>{}));
}

TEST(SegmentCopy, ARowIsFoundOnceHoweverOftenItsKeyIsAskedFor) {
  EXPECT_EQ(made_copy().view(Timestamp(20)).find(keys_of({4, 3, 4, -1})),
            (std::vector<std::uint32_t>{6, 7, 8, 9}));
}

TEST(SegmentCopy, TextsAreKeysToo) {
  storage::Binlog binlog;
  binlog.timestamps.assign(3, Timestamp(10));
  binlog.columns.columns = {{kKey, std::vector<std::string>{"owl", "cat", "owl"}},
                            {kVector, storage::FloatVectors{1, {1, 1, 1}}}};
  SegmentCopy copy(
      make_segment_data(index::scalar_kernels(), std::move(binlog), kKey, kVector).value());
  const PrimaryKeys owls(std::vector<std::string>{"dog", "owl"});
  EXPECT_EQ(copy.view(Timestamp(20)).find(owls), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(copy.view(Timestamp(20)).find(keys_of({0, 1, 2})), std::vector<std::uint32_t>());
  copy.remove(copy.data()->struck_by(owls, std::vector<Timestamp>{Timestamp(9), Timestamp(12)}));
  EXPECT_EQ(copy.view(Timestamp(20)).find(owls), std::vector<std::uint32_t>());
  EXPECT_EQ(copy.view(Timestamp(11)).find(owls), (std::vector<std::uint32_t>{0, 2}));
}

TEST(SegmentCopy, AViewKeepsWhatWasDeletedWhenItWasTaken) {
  SegmentCopy copy = made_copy();
  const SegmentView whole = copy.view(Timestamp(20));
  // The last row of one page and the first of the next one, out of order, and the last row of all.
  const std::uint32_t second = Deletions::kPageRows;
  remove(copy, {(kRows - 1) / 2, second / 2, second / 2 - 1}, 12);
  const SegmentView less = copy.view(Timestamp(20));
  const auto left =
      all_rows_but({second - 2, second - 1, second, second + 1, kRows - 2, kRows - 1});
  EXPECT_EQ(visible_rows(less), left);
  remove(copy, {second / 2 + 1, 0}, 12);
  EXPECT_EQ(visible_rows(whole), all_rows_but({}));
  EXPECT_EQ(visible_rows(less), left);
  EXPECT_EQ(visible_rows(copy.view(Timestamp(20))).size(), left.size() - 4);
}

// What ThreadSanitizer is to see.
TEST(SegmentCopy, AViewIsReadOnAnotherThreadWhileRowsAreDeleted) {
  SegmentCopy copy = made_copy();
  for (std::int64_t key = 0; key < kRows / 2; ++key) {
    const SegmentView view = copy.view(Timestamp(20));
    std::size_t seen = 0;
    std::thread reader([&view, &seen] { seen = view.visible_rows().count(); });
    remove(copy, {key}, 12);
    reader.join();
    EXPECT_EQ(seen, kRows - 2 * static_cast<std::size_t>(key));
  }
}

}  // namespace
}  // namespace eyrie::query
