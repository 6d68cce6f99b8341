#include <cstdio>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "scenarios/history/history_json.h"
#include "scenarios/main/commands.h"
#include "scenarios/main/files.h"
#include "scenarios/properties/checkers.h"

namespace eyrie::scenarios {

namespace {

std::string json_of(const std::vector<PropertyResult>& results, std::size_t operations,
                    bool holds) {
  boost::json::object checked;
  boost::json::object violated;
  boost::json::array violations;
  for (const PropertyResult& result : results) {
    checked[result.id] = result.checked;
    violated[result.id] = result.violations.size();
    for (const Violation& violation : result.violations) {
      violations.emplace_back(
          boost::json::object{{"property", violation.property}, {"sentence", violation.sentence}});
    }
  }
  const std::string verdict(name_of(holds ? Verdict::holds : Verdict::violated));
  return boost::json::serialize(boost::json::object{
      {"verdict", verdict},
      {"operations", operations},
      {"properties", boost::json::object{{"checked", checked}, {"violated", violated}}},
      {"violations", violations}});
}

std::string text_of(const std::vector<PropertyResult>& results, std::size_t operations) {
  std::string out = fmt::format("{} operations\n", operations);
  for (const PropertyResult& result : results) {
    out += fmt::format("  {:<4} checked {:>6} times: {}\n", result.id, result.checked,
                       !result.violations.empty()
                           ? fmt::format("VIOLATED {} times", result.violations.size())
                       : result.checked == 0 ? "never put to the test"
                                             : "holds");
    for (const Violation& violation : result.violations) {
      out += "       " + violation.sentence + "\n";
    }
  }
  return out;
}

}  // namespace

int command_check(const CheckOptions& options) {
  const Result<Words> words = read_words_of(options.data);
  if (!words) return report_bad_input(words.error(), options.json);
  const Result<Bytes> text = read_file(options.file);
  if (!text) return report_bad_input(text.error(), options.json);
  const Result<History> history = read_history(*text, options.file, *words);
  if (!history) return report_bad_input(history.error(), options.json);
  const std::vector<PropertyResult> results = check_history(*history, *words);
  bool holds = true;
  std::uint64_t checked = 0;
  for (const PropertyResult& result : results) {
    holds = holds && result.violations.empty();
    checked += result.checked;
  }
  if (holds && checked == 0) {
    return report_bad_input(Status(Code::invalid_argument,
                                   options.file + ": nothing in this history puts any property to "
                                                  "the test"),
                            options.json);
  }
  const std::size_t operations = history->operations.size();
  std::printf("%s\n", options.json ? json_of(results, operations, holds).c_str()
                                   : text_of(results, operations).c_str());
  return exit_code(holds ? Verdict::holds : Verdict::violated);
}

}  // namespace eyrie::scenarios
