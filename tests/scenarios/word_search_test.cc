// The first seeds of word-search hold, and run the same twice. The pinned ones found a bug each
// (BUGS.md).
#include <gtest/gtest.h>

#include "scenarios/main/files.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {
namespace {

class WordSearch : public testing::TestWithParam<std::uint64_t> {
 protected:
  static void SetUpTestSuite() {
    words_ = new Words(read_words(read_file("scenarios/data/glove100-10k.fvecs").value(),
                                  read_file("scenarios/data/glove100-10k.words").value())
                           .value());
    const std::string file = "scenarios/word-search.yaml";
    scenario_ = new Scenario(parse_scenario(read_file(file).value(), file).value());
  }
  static void TearDownTestSuite() {
    delete words_;
    delete scenario_;
  }
  static RunOutcome run_seed(std::uint64_t seed) {
    return run(make_plan(*scenario_, *words_, seed), *words_, *index::best_kernels(), nullptr);
  }

  static Words* words_;
  static Scenario* scenario_;
};

Words* WordSearch::words_ = nullptr;
Scenario* WordSearch::scenario_ = nullptr;

TEST_P(WordSearch, Holds) {
  const RunOutcome outcome = run_seed(GetParam());
  EXPECT_EQ(outcome.verdict, Verdict::holds) << outcome.reason;
  EXPECT_GE(outcome.history.operations.size(), 2'000u);
  for (const char* mark : {"sealed", "flushed"}) EXPECT_GT(outcome.marks.at(mark), 0u) << mark;
}

INSTANTIATE_TEST_SUITE_P(Seeds, WordSearch, testing::Range<std::uint64_t>(1, 11));
INSTANTIATE_TEST_SUITE_P(Pinned, WordSearch, testing::Values(22, 33, 152, 210));

class WordSearchTwice : public WordSearch {};
TEST_P(WordSearchTwice, RunsTheSame) {
  EXPECT_EQ(run_seed(GetParam()).trace_hash, run_seed(GetParam()).trace_hash);
}
INSTANTIATE_TEST_SUITE_P(Seeds, WordSearchTwice, testing::Values(3));

}  // namespace
}  // namespace eyrie::scenarios
