#include "runtime/check.h"

#include <cstdio>
#include <cstdlib>

namespace eyrie {

namespace {

// Process-wide because a failed check may have no component to ask; written once at start.
CheckReporter g_reporter = nullptr;

}  // namespace

void set_check_reporter(CheckReporter reporter) {
  g_reporter = reporter;
}

void check_failed(const char* file, int line, const char* expression, const std::string& detail) {
  std::string report =
      std::string(file) + ":" + std::to_string(line) + ": check failed: " + expression;
  if (!detail.empty()) report += ": " + detail;
  if (g_reporter != nullptr) {
    g_reporter(report);
  } else {
    std::fprintf(stderr, "%s\n", report.c_str());
  }
  std::abort();
}

}  // namespace eyrie
