#include "storage/format/columns.h"

#include <bit>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

#include "storage/format/columns_codec.h"
#include "tests/storage/format/samples.h"

namespace eyrie::storage {
namespace {

using test::sample_columns;

TEST(Columns, TheSampleIsValidAndComesBackFromItsMessage) {
  const Columns batch = sample_columns();
  EXPECT_TRUE(validate(batch).ok());
  proto::Columns message;
  write_columns(batch, message);
  EXPECT_EQ(read_columns(message).value(), batch);
}

TEST(Columns, NumbersKeepTheirBits) {
  const float signalling = std::numeric_limits<float>::signaling_NaN();
  const Columns batch{{{FieldId(100), FloatVectors{2, {signalling, -0.0F}}}}};
  proto::Columns message;
  write_columns(batch, message);
  const Columns read = read_columns(message).value();
  const auto& values = std::get<FloatVectors>(read.columns[0].values).values;
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(values[0]), std::bit_cast<std::uint32_t>(signalling));
  EXPECT_EQ(std::bit_cast<std::uint32_t>(values[1]), std::bit_cast<std::uint32_t>(-0.0F));
}

TEST(Columns, WhatIsNotABatchIsRefused) {
  Columns batch = sample_columns();
  std::swap(batch.columns[0], batch.columns[1]);
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
  batch = sample_columns();
  batch.columns[1].field = batch.columns[0].field;
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
  batch = sample_columns();
  std::get<Booleans>(batch.columns[1].values)[0] = 2;
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
  batch = sample_columns();
  std::get<Booleans>(batch.columns[1].values).pop_back();
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
  batch = sample_columns();
  std::get<FloatVectors>(batch.columns[8].values).values.pop_back();
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
  batch = sample_columns();
  std::get<FloatVectors>(batch.columns[8].values).dimension = 0;
  EXPECT_EQ(validate(batch).code(), Code::invalid_argument);
}

TEST(Columns, PartsAppendedGiveTheWhole) {
  const Columns batch = sample_columns();
  Columns joined;
  ASSERT_TRUE(append_rows(joined, select_rows(batch, std::array{0u})).ok());
  ASSERT_TRUE(append_rows(joined, select_rows(batch, {})).ok());
  ASSERT_TRUE(append_rows(joined, select_rows(batch, std::array{1u, 2u})).ok());
  EXPECT_EQ(joined, batch);
}

TEST(Columns, ABatchThatFoundNothingAddsNothing) {
  const Columns batch = sample_columns();
  Columns joined = batch;
  ASSERT_TRUE(append_rows(joined, Columns{}).ok());
  EXPECT_EQ(joined, batch);
}

TEST(Columns, SelectedRowsComeInTheOrderAskedFor) {
  const Columns batch = sample_columns();
  const std::vector<std::uint32_t> order{2, 0, 2};
  Columns expected = select_rows(batch, std::array{2u});
  ASSERT_TRUE(append_rows(expected, select_rows(batch, std::array{0u})).ok());
  ASSERT_TRUE(append_rows(expected, select_rows(batch, std::array{2u})).ok());
  EXPECT_EQ(select_rows(batch, order), expected);
}

TEST(Columns, RowsAreGatheredFromSeveralBatches) {
  const Columns batch = sample_columns();
  const Columns last = select_rows(batch, std::array{2u});
  const Columns others = select_rows(batch, std::array{0u, 1u});
  const std::vector<RowOf> rows{{&last, 0}, {&others, 1}, {&last, 0}};
  const Columns expected = select_rows(batch, std::array{2u, 1u, 2u});
  EXPECT_EQ(gather_rows(rows).value(), expected);
  EXPECT_EQ(gather_rows({}).value(), Columns{});
  const std::array fields{batch.columns[3].field, batch.columns[8].field};
  const Columns chosen{{expected.columns[3], expected.columns[8]}};
  EXPECT_EQ(gather_rows(rows, fields).value(), chosen);
}

TEST(Columns, BatchesOfOtherShapeAreNotGathered) {
  const Columns batch = sample_columns();
  Columns other = batch;
  std::get<FloatVectors>(other.columns[8].values) = {1, {1, 2, 3}};
  const std::vector<RowOf> rows{{&batch, 0}, {&other, 0}};
  EXPECT_EQ(gather_rows(rows).error().code(), Code::invalid_argument);
  other.columns.pop_back();
  EXPECT_EQ(gather_rows(rows).error().code(), Code::invalid_argument);
  const std::vector<RowOf> reversed{{&other, 0}, {&batch, 0}};
  EXPECT_EQ(gather_rows(reversed).error().code(), Code::invalid_argument);
  // What is not asked for may differ.
  EXPECT_TRUE(gather_rows(rows, std::array{batch.columns[0].field}).has_value());
}

TEST(Columns, BatchesOfOtherShapeDoNotAppend) {
  const Columns batch = sample_columns();
  Columns other = batch;
  std::get<FloatVectors>(other.columns[8].values).dimension = 1;
  Columns target = batch;
  EXPECT_EQ(append_rows(target, other).code(), Code::invalid_argument);
  other = batch;
  other.columns.pop_back();
  EXPECT_EQ(append_rows(target, other).code(), Code::invalid_argument);
  EXPECT_EQ(target, batch);
}

TEST(Columns, KeysAreIntegersOrTexts) {
  const Columns batch = sample_columns();
  const PrimaryKeys numbers = keys_of(batch, FieldId(100)).value();
  EXPECT_EQ(numbers.at(1), PrimaryKey(std::int64_t{0}));
  EXPECT_EQ(keys_of(batch, FieldId(107)).value().at(1), PrimaryKey(std::string("two words")));
  EXPECT_EQ(keys_of(batch, FieldId(108)).error().code(), Code::invalid_argument);
  EXPECT_EQ(keys_of(batch, FieldId(99)).error().code(), Code::invalid_argument);
}

TEST(Columns, KeysHaveATotalOrder) {
  const std::vector<PrimaryKey> rising{PrimaryKey(std::int64_t{-1}), PrimaryKey(std::int64_t{2}),
                                       PrimaryKey(std::string("")), PrimaryKey(std::string("10")),
                                       PrimaryKey(std::string("2"))};
  for (std::size_t i = 1; i < rising.size(); ++i) EXPECT_LT(rising[i - 1], rising[i]);
  PrimaryKeys keys;
  EXPECT_TRUE(keys.push_back(rising[4]).ok());
  EXPECT_EQ(keys.push_back(rising[0]).code(), Code::invalid_argument);
  EXPECT_EQ(keys.size(), 1u);
}

TEST(Columns, MemoryCountsValuesAndTexts) {
  const Columns batch{{{FieldId(100), std::vector<std::int64_t>{1, 2}},
                       {FieldId(101), FloatVectors{3, std::vector<float>(6)}}}};
  EXPECT_EQ(batch.memory_bytes(), 16u + 24u);
  const Columns texts{{{FieldId(100), std::vector<std::string>{"abc"}}}};
  EXPECT_EQ(texts.memory_bytes(), sizeof(std::string) + 3);
}

}  // namespace
}  // namespace eyrie::storage
