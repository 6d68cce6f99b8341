// Inputs: what a command of eyrie-sim is told, and what it reads before it begins.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/main/summary.h"

namespace eyrie::scenarios {

inline constexpr char kProgram[] = "eyrie-sim";
inline constexpr char kDefaultData[] = "scenarios/data/glove100-10k";
inline constexpr std::int64_t kSeedSecondsMax = 120;

// What every command that runs plans is told.
struct Conditions {
  std::string program = kProgram;  // as it was started, for lines that a person runs again
  std::string data = kDefaultData;
  std::string bug;                            // planted; empty: none, or of a case its own
  std::int64_t seed_s_max = kSeedSecondsMax;  // of CPU time; a seed that takes longer has failed
  bool json = false;
};

struct Options : Conditions {
  std::string file = "scenarios/word-search.yaml";
  std::string report;
  std::string wal;  // what the log is, of every seed of a cluster; empty: as the scenario says
  std::uint64_t seed = 1;
  std::uint64_t first = 1;
  std::uint64_t seeds = 200;
  std::uint64_t seeds_a_bug = 500;  // of score
  std::int64_t for_ms = 0;          // if not 0, that long instead of so many seeds
  unsigned jobs = 2;
  bool twice = false;
};

// What every command needs, read once.
struct Inputs {
  Scenario scenario;
  Words words;
};

Result<Inputs> read_inputs(const Options& options);
// This name with .fvecs and .words.
Result<Words> read_words_of(const std::string& data);

// What a command line says of them, each after a space; nothing of the usual ones.
std::string arguments_of(const Conditions& conditions);
std::string arguments_of(const Options& options);
// The command that runs a seed again, as it runs here.
std::string replay_line(const Options& options, std::uint64_t seed);

// For people: milliseconds of the machine that runs the simulator, outside every world.
std::int64_t wall_ms();

// Makes the plan of that seed and runs it in this process; returns its summary as JSON.
std::string run_seed(const Inputs& inputs, const Options& options, std::uint64_t seed);

// Before a run, on standard error: should this program be killed, one still knows how to do it
// again.
void announce(const std::string& again);
// Then what was announced stands above what is printed.
bool outputs_are_one_terminal();

// One seed for a person to read. How it is done again is left out where it was announced in sight.
std::string describe(const Summary& summary, bool announced_in_sight);

// One sentence on standard error, and with `json` one object on standard output. The exit code: 2
// for what the user should change, 5 for what this machine lacks.
int report_bad_input(const Status& status, bool json);
int report_failure(const Status& status, bool json);

}  // namespace eyrie::scenarios
