#include <vector>

#include <gtest/gtest.h>

#include "tests/nodes/support/channel_world.h"
#include "tests/support/co_assert.h"

namespace eyrie::test {
namespace {

using Rows = std::vector<FoundRow>;

Task<void> insert_and_read(TestNode& node) {
  Client client(node);
  EYRIE_CO_ASSERT_OK(co_await client.create());
  co_await client.load();
  std::int64_t last = 0;
  for (std::int64_t key = 1; key <= 5; ++key) {
    EYRIE_CO_ASSERT_TRY(const auto done,
                        co_await client.append(internal::APPEND_INSERT, {row_of(key, key * 10)}));
    EXPECT_GT(static_cast<std::int64_t>(done.timestamp()), last);
    last = static_cast<std::int64_t>(done.timestamp());
    EYRIE_CO_ASSERT_TRY(const Rows rows, co_await client.scan());
    EXPECT_EQ(rows.size(), static_cast<std::size_t>(key));
    EXPECT_EQ(rows, node.world.expected(INT64_MAX));
  }
  EYRIE_CO_ASSERT_TRY(const Rows nearest, co_await client.search(2.9F, 2));
  EYRIE_CO_ASSERT(nearest.size() == 2);
  EXPECT_EQ(nearest[0].key, 3);
  EXPECT_EQ(nearest[1].key, 2);
}

TEST(StreamingChannel, AnAcknowledgedInsertIsFoundByEveryLaterStrongRead) {
  ChannelWorld world;
  world.assign("a");
  world.run("a", insert_and_read);
}

}  // namespace
}  // namespace eyrie::test
