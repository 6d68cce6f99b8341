// The commands of eyrie-sim. Each returns the exit code.
#pragma once

#include <string>
#include <vector>

#include "scenarios/main/inputs.h"
#include "scenarios/main/outputs.h"

namespace eyrie::scenarios {

struct RunOptions : Options {
  std::size_t calls = 0;  // of each client at most; 0: all that the scenario says
  std::string save;       // the file for the case
  Outputs outputs;
};

struct ReplayOptions : Conditions {
  std::vector<std::string> files;
  bool record = false;
};

struct LogOptions {
  std::string file;
  sim::SimTime from = 0;
  std::string machine;      // empty: all
  std::string grep;         // what a line must contain
  std::uint64_t limit = 0;  // lines; 0: all
};

struct CheckOptions {
  std::string file;
  std::string data = kDefaultData;
  bool json = false;
};

struct LiveOptions : Options {
  std::string servers;  // the folder with their scripts; empty: beside this program
  std::string folder;   // empty: a fresh one
  std::string history;  // the file; empty: in the folder
};

int command_run(const RunOptions& options);
// Of a case with a planted bug, in a process that has them: with the same `arguments`.
int command_replay(const ReplayOptions& options, char** arguments);
int command_log(const LogOptions& options);
int command_check(const CheckOptions& options);
int command_live(const LiveOptions& options);
int command_explore(const Options& options);
int command_list(const std::string& what);
// In a process that has the planted bugs.
int command_score(const Options& options);

}  // namespace eyrie::scenarios
