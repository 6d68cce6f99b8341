// The cases of tests/cases give the runs that they were saved from, event by event, in every build;
// and the history of such a run, written and read again, is judged as the run was.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nodes/settings/all.h"
#include "scenarios/history/history_json.h"
#include "scenarios/main/files.h"
#include "scenarios/plan/case.h"
#include "scenarios/plan/json_fields.h"
#include "scenarios/run/run.h"

namespace eyrie::scenarios {
namespace {

// EYRIE_CASES_STEP: every how many-th is run; the slow builds take some.
std::vector<std::string> case_files() {
  std::vector<std::string> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("tests/cases", none)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> some;
  for (std::size_t i = 0; i < files.size(); i += EYRIE_CASES_STEP) some.push_back(files[i]);
  return some;
}

class Kept : public sim::EventLog::Sink {
 public:
  void write(BytesView bytes) override { log.append(bytes); }
  Bytes log;
};

class SavedCases : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    words_ = new Words(read_words(read_file("scenarios/data/glove100-10k.fvecs").value(),
                                  read_file("scenarios/data/glove100-10k.words").value())
                           .value());
  }
  static void TearDownTestSuite() { delete words_; }
  static Case case_of(const std::string& file) {
    return read_case(read_file(file).value(), file, words_->words.size()).value();
  }

  static Words* words_;
};

Words* SavedCases::words_ = nullptr;

// Else a default that changes would change what a case runs with.
TEST_P(SavedCases, NameEverySetting) {
  const Case saved = case_of(GetParam());
  const SettingsTable all = settings::all();
  for (const SettingDeclaration* each : all.all()) {
    EXPECT_TRUE(saved.plan.settings.contains(std::string(each->name))) << each->name;
  }
}

TEST_P(SavedCases, ReplayToTheSameHash) {
  const Case saved = case_of(GetParam());
  const RunOutcome outcome = run(saved.plan, *words_, *index::best_kernels(), nullptr);
  EXPECT_EQ(to_hash(outcome.trace_hash), to_hash(saved.trace_hash))
      << "if the source was meant to change: eyrie-sim replay --record " << GetParam();
  EXPECT_EQ(name_of(outcome.verdict), saved.verdict) << outcome.reason;
}

INSTANTIATE_TEST_SUITE_P(Files, SavedCases, testing::ValuesIn(case_files()),
                         [](const auto& each) { return "Case" + std::to_string(each.index); });

class SavedCase : public SavedCases {};

TEST_P(SavedCase, IsJudgedTheSameByItsWrittenHistory) {
  const Case saved = case_of(GetParam());
  Kept kept;
  const RunOutcome outcome = run(saved.plan, *words_, *index::best_kernels(), &kept);
  const std::string text =
      to_jsonl(outcome.history, {saved.plan.scenario, saved.plan.seed}, *words_);
  const History read = read_history(text, "history", *words_).value();
  const std::vector<PropertyResult> before = check_history(outcome.history, *words_);
  const std::vector<PropertyResult> after = check_history(read, *words_);
  ASSERT_EQ(before.size(), after.size());
  std::uint64_t checked = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].checked, after[i].checked) << before[i].id;
    EXPECT_EQ(before[i].violations.size(), after[i].violations.size()) << before[i].id;
    checked += after[i].checked;
  }
  EXPECT_GT(checked, 0u);
  EXPECT_EQ(to_jsonl(read, {saved.plan.scenario, saved.plan.seed}, *words_), text);
  // Listening changes nothing, and the log can be read to its end.
  EXPECT_EQ(to_hash(outcome.trace_hash), to_hash(saved.trace_hash));
  sim::EventLogReader reader(kept.log);
  ASSERT_TRUE(reader.open().ok());
  while (true) {
    const Result<std::optional<sim::LogRecord>> record = reader.next();
    ASSERT_TRUE(record.has_value()) << record.error();
    if (!*record) break;
  }
}

INSTANTIATE_TEST_SUITE_P(First, SavedCase, testing::Values(case_files().at(0)));

}  // namespace
}  // namespace eyrie::scenarios
