// Marks of what a run lived through, from its events alone.
#include "scenarios/run/observer.h"

#include <gtest/gtest.h>

#include "nodes/coordinator/events.h"
#include "tests/support/sim_world.h"

namespace eyrie::scenarios {
namespace {

// A run whose coordinators say what the test has them say.
class Story : public Tracer {
 public:
  void record(const EventHeader& event, std::span<const Field> values) override {
    observer_.on_trace(0, world_.sim_machine("coordinator"), event, values);
  }
  Story& leads(std::int64_t revision) {
    emit(*this, coordinator::kLeaderChanged, 1, revision);
    return *this;
  }
  Story& gives_up(std::int64_t revision) {
    emit(*this, coordinator::kDeposed, revision, "ok");
    return *this;
  }
  std::uint64_t count(const std::string& mark) const { return observer_.marks().at(mark); }

 private:
  test::SimTestWorld world_;
  RunObserver observer_;
};

TEST(RunObserver, TheFirstLeaderChangesNothing) {
  EXPECT_EQ(Story().leads(5).count("leader_changed"), 0u);
  EXPECT_EQ(Story().leads(5).gives_up(5).count("leader_deposed"), 0u);
}

TEST(RunObserver, ALeaderThatWasKilledWasNotDeposed) {
  Story story;
  story.leads(5).leads(8);
  EXPECT_EQ(story.count("leader_changed"), 1u);
  EXPECT_EQ(story.count("leader_deposed"), 0u);
}

TEST(RunObserver, ALeaderIsDeposedWhetherItFindsOutBeforeOrAfter) {
  EXPECT_EQ(Story().leads(5).gives_up(5).leads(8).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).leads(8).gives_up(5).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).leads(8).gives_up(5).leads(9).count("leader_deposed"), 1u);
  EXPECT_EQ(Story().leads(5).gives_up(5).leads(8).leads(9).count("leader_deposed"), 1u);
}

// Elected, and out of its lease before it could begin.
TEST(RunObserver, WhoNeverLedWasNotDeposed) {
  Story story;
  story.leads(5).gives_up(8).leads(9);
  EXPECT_EQ(story.count("leader_changed"), 1u);
  EXPECT_EQ(story.count("leader_deposed"), 0u);
}

}  // namespace
}  // namespace eyrie::scenarios
