// EYRIE_CHECK: an invariant of ours that must hold, in every build. What the world, a peer or a
// user can cause is never checked this way; it is a Status.
#pragma once

#include <string>

namespace eyrie {

// Told once, before the process ends, what failed ("segments.cc:41: check failed: a < b: ...").
// The simulator's adds seed, time and machine; without one it goes to standard error, like a log.
using CheckReporter = void (*)(const std::string& report);
void set_check_reporter(CheckReporter reporter);

[[noreturn]] void check_failed(const char* file, int line, const char* expression,
                               const std::string& detail);

}  // namespace eyrie

// EYRIE_CHECK(condition) or EYRIE_CHECK(condition, "detail, made only on failure").
#define EYRIE_CHECK(condition, ...)                                                      \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      ::eyrie::check_failed(__FILE__, __LINE__, #condition, ::std::string{__VA_ARGS__}); \
    }                                                                                    \
  } while (false)
