// Loaded before a program's libraries, sets its wall clock wrong by WRONG_CLOCK_SECONDS
// (ahead, if positive). Monotonic time is left alone.
//
// libfaketime's Debian build stands still, now and then, in a program of several threads, and under
// AddressSanitizer in any: it allocates and locks to tell the time. Here is neither.
#include <cstdlib>
#include <ctime>
#include <unistd.h>

#include <sys/syscall.h>
#include <sys/time.h>

namespace {

time_t ahead_by() {
  static const char* const kSeconds = std::getenv("WRONG_CLOCK_SECONDS");
  return kSeconds == nullptr ? 0 : std::atol(kSeconds);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, clock, now);
  const bool wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (failed == 0 && wall) now->tv_sec += ahead_by();
  return static_cast<int>(failed);
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec precise{};
  const int failed = clock_gettime(CLOCK_REALTIME, &precise);
  *now = {precise.tv_sec, precise.tv_nsec / 1'000};
  return failed;
}

time_t time(time_t* seconds) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (seconds != nullptr) *seconds = precise.tv_sec;
  return precise.tv_sec;
}

}  // extern "C"
