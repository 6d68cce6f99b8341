// What owners of channels commit.
#include "nodes/coordinator/segments.h"

#include "tests/nodes/coordinator/led_catalog.h"

namespace eyrie::coordinator {
namespace {

using SegmentManagerTest = LedCatalogTest;

// The catalog knows no owner of the channel; the new leader may.
Task<void> in_doubt_about_an_owner(Led led) {
  SegmentManager segments(led.environment, led.catalog);
  internal::CommitFlushRequest flush;
  flush.set_channel("ch-0");
  flush.set_term(2);
  internal::CommitCheckpointRequest checkpoint;
  checkpoint.set_channel("ch-0");
  checkpoint.set_term(2);
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::fenced);
  EXPECT_EQ((co_await segments.commit_checkpoint(checkpoint)).code(), Code::fenced);
  EYRIE_CO_ASSERT_OK(co_await led.wait_until_in_doubt());
  EXPECT_EQ((co_await segments.commit_flush(flush)).code(), Code::not_leader);
  EXPECT_EQ((co_await segments.commit_checkpoint(checkpoint)).code(), Code::not_leader);
}

TEST_F(SegmentManagerTest, ALeaderInDoubtFencesNoOwner) {
  lead(in_doubt_about_an_owner);
}

}  // namespace
}  // namespace eyrie::coordinator
