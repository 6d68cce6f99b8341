#include "storage/format/wal_record.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "tests/storage/format/samples.h"

namespace eyrie::storage {
namespace {

using test::sample_insert;
using test::sample_wal_records;

TEST(WalRecord, EveryKindComesBackWhole) {
  for (const WalRecord& record : sample_wal_records()) {
    const Result<Bytes> bytes = encode_wal_record(record);
    ASSERT_TRUE(bytes.has_value()) << bytes.error();
    EXPECT_EQ(decode_wal_record(*bytes).value(), record);
  }
}

TEST(WalRecord, RowsAndKeysOfAnySizeComeBackWhole) {
  rc::check([] {
    const auto numbers = *rc::gen::nonEmpty(rc::gen::arbitrary<std::vector<std::int64_t>>());
    const auto text = *rc::gen::arbitrary<std::string>();
    const auto dimension = *rc::gen::inRange<std::int32_t>(1, 9);
    InsertRecord insert = sample_insert();
    std::vector<float> values(numbers.size() * static_cast<std::size_t>(dimension));
    for (float& value : values) value = static_cast<float>(*rc::gen::arbitrary<std::int16_t>());
    insert.columns = Columns{{{FieldId(100), numbers},
                              {FieldId(101), std::vector<std::string>(numbers.size(), text)},
                              {FieldId(102), FloatVectors{dimension, std::move(values)}}}};
    const WalRecord record{Timestamp(5), *rc::gen::positive<std::uint64_t>(), 1, "channel",
                           UpsertRecord{insert, PrimaryKeys(numbers)}};
    const Result<Bytes> bytes = encode_wal_record(record);
    RC_ASSERT(bytes.has_value());
    const Result<WalRecord> read = decode_wal_record(*bytes);
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == record);
    RC_ASSERT(encode_wal_record(*read).value() == *bytes);
  });
}

TEST(WalRecord, WhatIsIncompleteIsNotWritten) {
  const auto refused = [](auto change) {
    WalRecord record = sample_wal_records()[2];
    change(record);
    return status_of(encode_wal_record(record)).code() == Code::invalid_argument;
  };
  EXPECT_TRUE(refused([](WalRecord& record) { record.timestamp = {}; }));
  EXPECT_TRUE(refused([](WalRecord& record) { record.position = 0; }));
  EXPECT_TRUE(refused([](WalRecord& record) { record.term = 0; }));
  EXPECT_TRUE(refused([](WalRecord& record) { record.physical_channel.clear(); }));
  EXPECT_TRUE(refused([](WalRecord& record) { std::get<InsertRecord>(record.body).segment = {}; }));
  EXPECT_TRUE(refused([](WalRecord& record) { std::get<InsertRecord>(record.body).columns = {}; }));
  EXPECT_TRUE(refused(
      [](WalRecord& record) { record.body = DeleteRecord{CollectionId(1), {}, "channel", {}}; }));
  EXPECT_TRUE(refused([](WalRecord& record) { record.body = UpsertRecord{sample_insert(), {}}; }));
  EXPECT_TRUE(refused([](WalRecord& record) { record.body = FlushRecord{{}, "channel"}; }));
  EXPECT_TRUE(
      refused([](WalRecord& record) { record.body = DropCollectionRecord{CollectionId(1), ""}; }));
}

TEST(WalRecord, ARecordFoundElsewhereIsDataLoss) {
  const WalRecord record = sample_wal_records()[0];
  EXPECT_TRUE(check_place(record, record.physical_channel, 1, 3).ok());
  EXPECT_EQ(check_place(record, record.physical_channel, 2, 3).code(), Code::data_loss);
  EXPECT_EQ(check_place(record, record.physical_channel, 1, 4).code(), Code::data_loss);
  EXPECT_EQ(check_place(record, "another", 1, 3).code(), Code::data_loss);
}

}  // namespace
}  // namespace eyrie::storage
