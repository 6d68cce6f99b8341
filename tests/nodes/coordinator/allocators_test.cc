// Timestamps and ids of a leader, also of one that no longer knows whether it is.
#include "nodes/coordinator/allocators.h"

#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

using TimestampServiceTest = LedCatalogTest;

constexpr Duration kWindow = 2 * kTestLease;

// The catalog knows no owner of the channel; the new leader may.
Task<void> in_doubt_about_a_term(Led led) {
  TimestampService timestamps(led.environment, led.catalog, kWindow);
  EYRIE_CO_ASSERT_OK(co_await timestamps.start());
  EXPECT_EQ(status_of(co_await timestamps.allocate(1, "ch-0", 2)).code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  EXPECT_EQ(status_of(co_await timestamps.allocate(1, "", 0)).code(), Code::not_leader);
  EXPECT_EQ(status_of(co_await timestamps.allocate(1, "ch-0", 2)).code(), Code::not_leader);
}

TEST_F(TimestampServiceTest, ALeaderInDoubtSaysSoAndFencesNoTerm) {
  lead(in_doubt_about_a_term);
}

}  // namespace
}  // namespace eyrie::coordinator
