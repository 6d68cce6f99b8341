#include "scenarios/plan/scenario.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "scenarios/plan/marks.h"
#include "scenarios/plan/words.h"

namespace eyrie::scenarios {
namespace {

// Of a scenario that is right but for its third line.
std::string message_of(const std::string& line) {
  const auto scenario = parse_scenario("name: x\nwords: [1, 2]\n" + line + "\n", "s.yaml");
  return scenario ? "no error" : scenario.error().message();
}

std::string message_of_words(const std::string& value) {
  const auto scenario = parse_scenario("name: x\nwords: " + value + "\n", "s.yaml");
  return scenario ? "no error" : scenario.error().message();
}

TEST(Scenario, AnIntervalIsTwoNumbersInOrder) {
  for (const char* value : {"[1]", "[1, 2, 3]", "many", "7", "{low: 1, high: 2}"}) {
    EXPECT_EQ(message_of_words(value), "s.yaml:2: 'words' must be [low, high]") << value;
  }
  EXPECT_EQ(message_of_words("[3, 2]"), "s.yaml:2: 'words' must be [low, high], the low one first");
  for (const char* number : {"0", "-5", "a", "1.5", "4294967296", "99999999999999999999", "0x10"}) {
    EXPECT_EQ(message_of_words("[" + std::string(number) + ", 10]"),
              "s.yaml:2: 'words' must be a whole number from 1 to 4294967295, not '" +
                  std::string(number) + "'");
  }
  EXPECT_EQ(message_of("faults: [0, 0]"), "no error");
  EXPECT_EQ(message_of("faults: 3"), "s.yaml:3: 'faults' must be [low, high]");
}

TEST(Scenario, ANumberIsWholeAndWithinReason) {
  EXPECT_EQ(message_of("clients: 0"),
            "s.yaml:3: 'clients' must be a whole number from 1 to 1000, not '0'");
  for (const char* value : {"-3", "1000000000", "1.5", "'8 '", "eight"}) {
    EXPECT_NE(message_of("clients: " + std::string(value)).find("s.yaml:3: 'clients' must be"),
              std::string::npos);
  }
  EXPECT_EQ(message_of("clients: [1]"),
            "s.yaml:3: 'clients' must be a whole number from 1 to 1000");
  EXPECT_EQ(message_of("machines: {query: 5000000}"),
            "s.yaml:3: 'query' must be a whole number from 1 to 64, not '5000000'");
}

TEST(Scenario, TheIndexIsOneThatThereIs) {
  EXPECT_EQ(message_of("index: FLAT"), "no error");
  EXPECT_EQ(message_of("index: IVF"), "s.yaml:3: 'index' must be HNSW or FLAT, not 'IVF'");
  EXPECT_EQ(message_of("index: [FLAT]"), "s.yaml:3: 'index' must be a text");
  EXPECT_EQ(message_of("log: zero_disk"), "no error");
  EXPECT_EQ(message_of("log: disk"), "s.yaml:3: 'log' must be service or zero_disk, not 'disk'");
}

TEST(Scenario, MachinesAndFaultKindsAreWhatTheyShouldBe) {
  for (const char* value : {"7", "[query]"}) {
    EXPECT_EQ(message_of("machines: " + std::string(value)),
              "s.yaml:3: there must be keys with values here")
        << value;
  }
  EXPECT_EQ(message_of("machines: {queries: 3}"), "s.yaml:3: unknown key 'queries'");
  EXPECT_EQ(message_of("fault_kinds: pause"), "s.yaml:3: 'fault_kinds' must be a list");
  EXPECT_EQ(message_of("fault_kinds: [{pause: 1}]"), "s.yaml:3: a fault kind must be a text");
  EXPECT_EQ(message_of("fault_kinds: [pause]\nalways: [process_kill]"),
            "s.yaml:4: 'always' has 'process_kill', 'fault_kinds' has not");
}

TEST(Scenario, WhatACampaignAsksForIsNamedRight) {
  EXPECT_EQ(message_of("least: 5"), "s.yaml:3: 'least' must be keys with values");
  EXPECT_EQ(message_of("least: {calls: many}").find("s.yaml:3: 'calls' must be a whole"), 0u);
  EXPECT_EQ(message_of("marks: [sealed]"), "s.yaml:3: 'marks' must be keys with values");
  EXPECT_EQ(message_of("marks: {painted: 5}"), "s.yaml:3: unknown mark 'painted'");
}

TEST(Scenario, SettingsAreThoseOfTheDatabase) {
  const auto settings = [](const std::string& what) {
    return message_of("settings: {" + what + "}");
  };
  EXPECT_EQ(settings("membership.lease: 3s"), "no error");
  EXPECT_NE(settings("membership.leese: 3s").find("s.yaml:3"), std::string::npos);
  EXPECT_NE(settings("membership.leese: 3s").find("membership.lease"), std::string::npos);
  EXPECT_NE(settings("membership.lease: 3 tons").find("s.yaml:3"), std::string::npos);
  EXPECT_NE(settings("streaming.segment_rows_min: 9, streaming.segment_rows_max: 8")
                .find("streaming.segment_rows_max"),
            std::string::npos);
}

TEST(Scenario, AKeyWithoutAValueIsAnError) {
  for (const char* key : {"clients", "machines", "fault_kinds", "faults", "about", "marks"}) {
    EXPECT_EQ(message_of(std::string(key) + ":"),
              "s.yaml:3: '" + std::string(key) + "' has no value");
  }
}

TEST(Scenario, AKeyThatComesTwiceIsAnError) {
  EXPECT_EQ(message_of("words: [1, 2]"), "s.yaml:3: 'words' is there twice");
  EXPECT_EQ(message_of("machines: {query: 1, query: 2}"), "s.yaml:3: 'query' is there twice");
}

TEST(Scenario, AFileThatIsNoMappingIsAnError) {
  const auto message = [](const std::string& yaml) {
    return parse_scenario(yaml, "s.yaml").error().message();
  };
  EXPECT_EQ(message(""), "s.yaml: there is nothing in it");
  for (const char* yaml : {"[1, 2]", "hello", "---\n"}) {
    EXPECT_EQ(message(yaml), "s.yaml: not a mapping of keys") << yaml;
  }
  EXPECT_EQ(message("name: x\n---\nname: y\n"), "s.yaml: a scenario is one document of YAML");
  EXPECT_NE(message("name: x\n\twords: [1, 2]\n").find("s.yaml:"), std::string::npos);
  EXPECT_NE(message(std::string(20'000, '[')).find("s.yaml"), std::string::npos);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The keys that begin a line of it, and do not stand inside of another one.
std::set<std::string> keys_of(const std::string& yaml) {
  static const std::regex kKey("^([a-z_]+):", std::regex::multiline);
  std::set<std::string> keys;
  for (std::sregex_iterator each(yaml.begin(), yaml.end(), kKey), end; each != end; ++each) {
    keys.insert((*each)[1]);
  }
  return keys;
}

TEST(Scenario, TheDocsHaveAnExampleThatParsesAndEveryKeyThatIsUsed) {
  const std::string page = text_of("docs/scenarios.md");
  const std::size_t from = page.find("```yaml\n") + 8;
  const std::string example = page.substr(from, page.find("```", from) - from);
  const auto scenario = parse_scenario(example, "docs/scenarios.md");
  ASSERT_TRUE(scenario.has_value()) << scenario.error();
  std::set<std::string> used = keys_of(example);
  for (const auto& entry : std::filesystem::directory_iterator("scenarios")) {
    if (entry.path().extension() == ".yaml") used.merge(keys_of(text_of(entry.path())));
  }
  EXPECT_GE(used.size(), 12u);
  for (const std::string& key : used) {
    EXPECT_NE(page.find("| `" + key + "` | "), std::string::npos) << key;
  }
}

TEST(Scenario, TheDocsHaveEveryMarkAndItsMeaning) {
  const std::string page = text_of("docs/scenarios.md");
  for (const Mark& mark : all_marks()) {
    const std::string row =
        "| `" + std::string(mark.name) + "` | " + std::string(mark.meaning) + " |\n";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
}

// The values of each row, with its dimension before them, as a .fvecs file has it.
Bytes fvecs_of(const std::vector<std::vector<float>>& rows) {
  Bytes bytes;
  for (const std::vector<float>& row : rows) {
    const auto dimension = static_cast<std::int32_t>(row.size());
    bytes.append(reinterpret_cast<const char*>(&dimension), sizeof dimension);
    bytes.append(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(float));
  }
  return bytes;
}

TEST(Words, WhatIsWrongIsNamedWithItsRow) {
  const auto message = [](const Bytes& fvecs, const std::string& lines) {
    const auto words = read_words(fvecs, lines);
    return words ? "no error" : words.error().message();
  };
  const Bytes two = fvecs_of({{1, 2}, {3, 4}});
  EXPECT_EQ(message(two, "a\nb\n"), "no error");
  EXPECT_EQ(message(two.substr(0, two.size() - 1), "a\nb\n"),
            "row 2 of the fvecs file is truncated");
  EXPECT_EQ(message(two + "\1", "a\nb\n"), "row 3 of the fvecs file is truncated");
  EXPECT_EQ(message(fvecs_of({{1, 2}, {3}}), "a\nb\n"),
            "row 2 of the fvecs file has dimension 1, the row before it 2");
  EXPECT_EQ(message(Bytes(8, '\xff'), "a\n"), "row 1 of the fvecs file has dimension -1");
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    EXPECT_EQ(message(fvecs_of({{1}, {value}}), "a\nb\n"),
              "row 2 of the fvecs file holds a value that is no finite number");
  }
  EXPECT_EQ(message(two, "a\n"), "there are 2 vectors and 1 words");
  EXPECT_EQ(message(two, "a\nb\nc\n"), "there are 2 vectors and 3 words");
  EXPECT_EQ(message(two, "a\na\n"), "lines 1 and 2 are both 'a'");
  EXPECT_EQ(message("", ""), "the fvecs file holds no vectors");
}

}  // namespace
}  // namespace eyrie::scenarios
