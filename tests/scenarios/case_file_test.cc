// What another run of a case says about it, and with which exit code.
#include "scenarios/main/case_file.h"

#include <gtest/gtest.h>

namespace eyrie::scenarios {
namespace {

Summary run_of(Verdict verdict, const std::string& property, std::uint64_t hash) {
  Summary summary;
  summary.verdict = verdict;
  summary.trace_hash = hash;
  summary.violated = {{"P1", 0}, {"P11", 0}, {"P4", 0}};
  if (verdict == Verdict::violated) {
    summary.violated[property] = 2;
    summary.reason = property + ": something contradicts itself";
  }
  return summary;
}

Comparison compare_runs(const Summary& before, const Summary& now) {
  return compare(case_of({}, before, {"old", ""}), now, {"new", ""});
}

TEST(CaseFile, NamesThePropertyThatDecidedTheVerdict) {
  Summary both = run_of(Verdict::violated, "P4", 1);
  both.violated["P1"] = 1;
  EXPECT_EQ(property_of(both), "P4");
  EXPECT_EQ(property_of(run_of(Verdict::no_progress, "", 1)), "P39");
  EXPECT_EQ(property_of(run_of(Verdict::holds, "", 1)), "");
  EXPECT_EQ(property_of(run_of(Verdict::crashed, "", 1)), "");
}

TEST(CaseFile, TheSameRunHasTheExitCodeOfItsVerdict) {
  for (const auto& [verdict, code] : {std::pair(Verdict::holds, 0),
                                      {Verdict::violated, 1},
                                      {Verdict::no_progress, 4},
                                      {Verdict::crashed, 6}}) {
    const Summary summary = run_of(verdict, "P4", 7);
    const Comparison comparison = compare_runs(summary, summary);
    EXPECT_TRUE(comparison.same_hash && comparison.reproduces) << name_of(verdict);
    EXPECT_EQ(comparison.exit_code, code);
    EXPECT_EQ(comparison.sentence, "the same run as was saved, event by event");
  }
}

TEST(CaseFile, AnotherHashWithTheSameVerdictSaysThatTheSourceHasChanged) {
  const Comparison comparison =
      compare_runs(run_of(Verdict::violated, "P4", 7), run_of(Verdict::violated, "P4", 8));
  EXPECT_FALSE(comparison.same_hash);
  EXPECT_TRUE(comparison.reproduces);
  EXPECT_EQ(comparison.exit_code, 1);
  EXPECT_EQ(comparison.sentence,
            "the same verdict as was saved, by another run; the source has changed: trace hash "
            "0000000000000007 was saved by old, this is 0000000000000008 from new");
}

TEST(CaseFile, TheSameSourceIsNotSaidToHaveChanged) {
  const Case saved = case_of({}, run_of(Verdict::holds, "", 7), {"v1", "some_bug"});
  EXPECT_EQ(saved.bug, "some_bug");
  EXPECT_EQ(compare(saved, run_of(Verdict::holds, "", 8), {"v1", ""}).sentence,
            "the same verdict as was saved, by another run; trace hash 0000000000000007 was saved "
            "by v1 with the bug some_bug, this is 0000000000000008 from v1");
}

TEST(CaseFile, APropertyThatIsNoLongerViolatedDoesNotReproduce) {
  const Comparison held =
      compare_runs(run_of(Verdict::violated, "P4", 7), run_of(Verdict::holds, "", 8));
  EXPECT_FALSE(held.reproduces);
  EXPECT_EQ(held.exit_code, 5);
  // Another property is another finding.
  const Comparison other =
      compare_runs(run_of(Verdict::violated, "P4", 7), run_of(Verdict::violated, "P1", 8));
  EXPECT_FALSE(other.reproduces);
  EXPECT_EQ(other.exit_code, 5);
  EXPECT_EQ(
      compare_runs(run_of(Verdict::no_progress, "", 7), run_of(Verdict::holds, "", 7)).exit_code,
      5);
  EXPECT_EQ(compare_runs(run_of(Verdict::crashed, "", 7), run_of(Verdict::holds, "", 7)).exit_code,
            5);
}

TEST(CaseFile, ACaseThatHeldAndNowFailsHasTheExitCodeOfTheFailure) {
  const Comparison comparison =
      compare_runs(run_of(Verdict::holds, "", 7), run_of(Verdict::violated, "P1", 8));
  EXPECT_EQ(comparison.exit_code, 1);
  EXPECT_TRUE(comparison.sentence.starts_with(
      "the case said 'holds' when it was saved and says 'violated' now"))
      << comparison.sentence;
}

}  // namespace
}  // namespace eyrie::scenarios
