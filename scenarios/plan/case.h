// Case: one run to be had again: the expanded plan, what the run showed, and where it came from. A
// JSON file that a person can read and shorten by hand.
//
// Times are nanoseconds. Words are rows of the data set. What an operation has at its usual value
// is left out; a row is [word, version], or the word alone where nothing is written. Seeds, fault
// targets and hashes are texts, since not every JSON library keeps 64 bits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/status.h"
#include "scenarios/plan/plan.h"

namespace eyrie::scenarios {

inline constexpr std::int64_t kCaseFormat = 3;

struct Case {
  std::string source;            // the revision of the program that ran it
  std::string verdict;           // as the run printed it
  std::string property;          // violated, "P4"; empty if none
  std::string bug;               // planted in the program that ran it; empty, and left out: none
  std::uint64_t trace_hash = 0;  // of the run; 0 if it crashed before it had one
  Plan plan;
};

std::string to_json(const Case& saved);

// The inverse, for plans over a data set of `rows` rows. Whatever the bytes are, the result is
// either a case whose plan can be run or invalid_argument in one sentence that names the file and
// what is wrong with it.
Result<Case> read_case(std::string_view text, const std::string& file, std::size_t rows);

// What a plan must keep so that it can be run: words are rows of the data set, each written by one
// client alone, fault kinds exist, there is somebody of each role. `where` begins the sentence.
Status check_plan(const Plan& plan, const std::string& where, std::size_t rows);

}  // namespace eyrie::scenarios
