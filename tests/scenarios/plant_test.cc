// The planted build: without a bug it is eyrie-sim, and easy bugs are found within a few seeds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "scenarios/bugs/bugs.h"
#include "scenarios/properties/property.h"

namespace eyrie::scenarios {
namespace {

namespace json = boost::json;

struct Ended {
  int code = 0;
  std::string output;
};

// One of our programs, with these arguments, from the root of the sources.
Ended run_program(const std::string& name, const std::string& arguments) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string program = (self.parent_path().parent_path() / "bin" / name).string();
  Ended ended;
  FILE* pipe = popen((program + " " + arguments + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return {-1, "no process could be started"};
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
    ended.output.append(buffer.data(), count);
  }
  const int state = pclose(pipe);
  ended.code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  return ended;
}

std::string hash_of(const Ended& ended) {
  return std::string(json::parse(ended.output).as_object().at("trace_hash").as_string());
}

TEST(PlantedBuild, GivesTheSameHashesWithoutABug) {
  for (const char* seed : {"1", "2", "3"}) {
    const std::string arguments = std::string("run --json --seed ") + seed;
    const std::string plain = hash_of(run_program("eyrie-sim", arguments));
    EXPECT_EQ(plain, hash_of(run_program("eyrie-sim-planted", arguments))) << "seed " << seed;
  }
}

TEST(PlantedBuild, RefusesABugThatIsNotThere) {
  EXPECT_EQ(run_program("eyrie-sim", "run --bug no_such_bug --json").code, 2);
  EXPECT_EQ(run_program("eyrie-sim", "score --bug no_such_bug --json").code, 2);
}

TEST(PlantedBuild, ReplaysACaseWithTheBugThatItWasSavedWith) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("eyrie-planted-" + std::to_string(getpid())))
          .string();
  const Ended found =
      run_program("eyrie-sim", "run --seed 16 --bug ack_before_durable --json --save " + file);
  const Ended again = run_program("eyrie-sim", "replay --json " + file);
  const Ended other = run_program("eyrie-sim", "replay --json --bug checkpoint_too_far " + file);
  const Ended unknown = run_program("eyrie-sim", "replay --json --bug no_such_bug " + file);
  std::filesystem::remove(file);
  EXPECT_EQ(unknown.code, 2) << unknown.output;
  EXPECT_EQ(found.code, 1) << found.output;
  EXPECT_EQ(again.code, 1) << again.output;
  EXPECT_EQ(hash_of(again), hash_of(found));
  const json::object of = json::parse(again.output).as_object().at("case").as_object();
  EXPECT_EQ(of.at("bug").as_string(), "ack_before_durable");
  EXPECT_TRUE(of.at("same_hash").as_bool());
  // What a person says goes before what was saved.
  EXPECT_NE(hash_of(other), hash_of(found));
}

class EasyBug : public testing::TestWithParam<const char*> {};

TEST_P(EasyBug, IsFoundWithinAFewSeedsByItsProperty) {
  const Ended score =
      run_program("eyrie-sim", std::string("score --json --seeds 10 --bug ") + GetParam());
  ASSERT_EQ(score.code, 0) << score.output;
  const json::object result = json::parse(score.output).as_object();
  EXPECT_EQ(result.at("found").as_int64(), 1);
  const json::object& bug = result.at("bugs").as_array().at(0).as_object();
  EXPECT_EQ(bug.at("name").as_string(), GetParam());
  EXPECT_TRUE(bug.at("found").as_bool());
  EXPECT_TRUE(bug.at("same_again").as_bool());
  EXPECT_EQ(bug.at("property").as_string(), find_bug(GetParam())->property);
  const json::array& broken = bug.at("properties").as_array();
  EXPECT_NE(std::ranges::find(broken, bug.at("property")), broken.end());
  const std::string replay(bug.at("replay").as_string());
  const Ended again = run_program("eyrie-sim", replay.substr(replay.find(' ')) + " --json");
  const json::object seed = json::parse(again.output).as_object();
  EXPECT_EQ(seed.at("reason"), bug.at("reason"));
  EXPECT_EQ(seed.at("replay").as_string(), replay);
}

INSTANTIATE_TEST_SUITE_P(All, EasyBug,
                         testing::Values("replayed_delete_kills_reinsert", "checkpoint_too_far",
                                         "delete_not_forwarded_at_handoff"));

// How often the sources plant this name.
std::size_t count_plants(const std::string& name) {
  std::size_t count = 0;
  for (const char* room : {"nodes", "storage"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(room)) {
      if (entry.path().extension() != ".cc") continue;
      std::ifstream in(entry.path());
      std::string text(std::istreambuf_iterator<char>(in), {});
      std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
      const std::string use = "EYRIE_PLANT(" + name + ",";
      for (std::size_t at = text.find(use); at != std::string::npos; at = text.find(use, at + 1)) {
        ++count;
      }
    }
  }
  return count;
}

// In one place each, but for what the code keeps more than once: without all of the guards.
TEST(Bugs, AreEachPlanted) {
  EXPECT_EQ(bugs().size(), 24u);
  for (const Bug& bug : bugs()) {
    EXPECT_EQ(count_plants(bug.name), bug.name == "commit_compares_nothing" ? 3u : 1u) << bug.name;
    EXPECT_NE(find_property(bug.property), nullptr) << bug.name;
    EXPECT_FALSE(bug.scenarios.empty()) << bug.name;
  }
}

TEST(Bugs, AreOnlyInThePlantedBuild) {
  EXPECT_FALSE(has_plants());
  EXPECT_TRUE(choose_bug("").ok());
  EXPECT_EQ(choose_bug(bugs().front().name).code(), Code::failed_precondition);
}

}  // namespace
}  // namespace eyrie::scenarios
