#include "nodes/streaming/delete_buffer.h"

#include <gtest/gtest.h>

namespace eyrie::streaming {
namespace {

constexpr WalPosition kAll = ~WalPosition{0};

DeleteBuffer filled(int records, std::size_t text_bytes) {
  DeleteBuffer buffer(0);
  for (int i = 1; i <= records; ++i) {
    buffer.append({static_cast<WalPosition>(i), Timestamp(i * 10)},
                  PrimaryKeys(std::vector<std::string>{std::string(text_bytes, 'k')}));
  }
  return buffer;
}

TEST(DeleteBuffer, ABatchEndsAtItsKeys) {
  const DeleteBuffer buffer = filled(10, 8);
  const DeleteBuffer::Batch batch = buffer.read(2, kAll, 3, 1 << 20);
  EXPECT_EQ(batch.keys.size(), 3U);
  EXPECT_EQ(batch.end, 5U);
}

// A few long keys must not make a request that no message holds.
TEST(DeleteBuffer, ABatchEndsAtItsBytes) {
  const DeleteBuffer buffer = filled(10, 1000);
  const DeleteBuffer::Batch batch = buffer.read(0, kAll, 100, 3500);
  EXPECT_GE(batch.keys.size(), 2U);
  EXPECT_LE(batch.keys.size(), 3U);
  EXPECT_LE(batch.keys.memory_bytes(), 3500U);
}

TEST(DeleteBuffer, ARecordAboveTheBytesComesAlone) {
  const DeleteBuffer buffer = filled(3, 1000);
  const DeleteBuffer::Batch batch = buffer.read(1, kAll, 100, 10);
  EXPECT_EQ(batch.keys.size(), 1U);
  EXPECT_EQ(batch.end, 2U);
}

}  // namespace
}  // namespace eyrie::streaming
