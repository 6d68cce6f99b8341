// What a program says to wrong use, wrong input and a machine that is not as it should be.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace eyrie::test {

inline constexpr int kWrongUse = 2;
inline constexpr int kEnvironment = 5;

// It ended with that code, and what it said on standard error has all of these in it.
inline void expect_refusal(const Finished& finished, int exit_code,
                           const std::vector<std::string>& parts) {
  EXPECT_EQ(finished.exit_code, exit_code) << finished.errors;
  for (const std::string& part : parts) {
    EXPECT_NE(finished.errors.find(part), std::string::npos)
        << "no '" << part << "' in: " << finished.errors;
  }
}

}  // namespace eyrie::test
