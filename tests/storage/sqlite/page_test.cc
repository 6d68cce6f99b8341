#include "storage/sqlite/page.h"

#include <gtest/gtest.h>

#include "storage/sqlite/vfs.h"

namespace eyrie::storage {
namespace {

TEST(SqlitePage, ASealedPageIsWholeOnlyInItsPlace) {
  const Bytes page = seal_page(Bytes(kPageBytes, 'x'), 7);
  ASSERT_EQ(page.size(), static_cast<std::size_t>(kPageBytes));
  EXPECT_TRUE(page_is_whole(page, 7));
  EXPECT_FALSE(page_is_whole(page, 8));
  EXPECT_EQ(page.substr(0, kPageBytes - kPageReservedBytes),
            Bytes(kPageBytes - kPageReservedBytes, 'x'));
}

TEST(SqlitePage, EveryFlippedBitIsNoticed) {
  const Bytes page = seal_page(Bytes(kPageBytes, 'x'), 7);
  for (std::size_t bit = 0; bit < page.size() * 8; ++bit) {
    Bytes damaged = page;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(page_is_whole(damaged, 7)) << bit;
  }
}

TEST(SqlitePage, APageThatWasNeverWrittenIsWhole) {
  EXPECT_TRUE(page_is_whole(Bytes(kPageBytes, '\0'), 3));
}

}  // namespace
}  // namespace eyrie::storage
