// What a record says of a file, and whether the object is the one.
#include "nodes/catalog/objects.h"

#include <gtest/gtest.h>

namespace eyrie::catalog {
namespace {

TEST(DescribedFile, IsThatObjectAndNoOtherOfItsKeyAndSize) {
  FileRecord record;
  describe_file("binlog", "rows", Release::second, record);
  EXPECT_EQ(record.key(), "binlog");
  EXPECT_EQ(record.bytes(), 4U);
  EXPECT_TRUE(check_file(record, "rows", Release::second).ok());
  const Status other = check_file(record, "cows", Release::second);
  EXPECT_EQ(other.code(), Code::data_loss);
  EXPECT_TRUE(other.message().contains("'binlog'")) << other;
}

TEST(DescribedFile, HasNoChecksumInTheFirstRelease) {
  FileRecord record;
  describe_file("binlog", "rows", Release::first, record);
  EXPECT_FALSE(record.has_crc32c());
  EXPECT_TRUE(check_file(record, "cows", Release::second).ok());
  describe_file("binlog", "rows", Release::second, record);
  EXPECT_TRUE(check_file(record, "cows", Release::first).ok());
}

}  // namespace
}  // namespace eyrie::catalog
