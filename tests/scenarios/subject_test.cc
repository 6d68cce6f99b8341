// Which properties a campaign of a scenario is asked to show.
#include "scenarios/main/subject.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace eyrie::scenarios {
namespace {

bool asks(const Scenario& scenario, const std::string& id) {
  const reports::Subject subject = subject_of(scenario, "s.yaml");
  return std::ranges::find(subject.properties, id, &reports::Subject::Property::id) !=
         subject.properties.end();
}

TEST(Subject, OnlyOfAStandaloneIsItAskedWhatItsMetaStoreKeeps) {
  Scenario scenario;
  EXPECT_FALSE(asks(scenario, "P31"));
  EXPECT_TRUE(asks(scenario, "P1"));
  scenario.topology = standalone_of(scenario.topology);
  EXPECT_TRUE(asks(scenario, "P31"));
  EXPECT_TRUE(asks(scenario, "P1"));
}

}  // namespace
}  // namespace eyrie::scenarios
