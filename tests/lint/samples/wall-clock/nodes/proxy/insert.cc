#include <chrono>
#include <ctime>

void measure() {
  auto now = std::chrono::steady_clock::now();  // FIRES
  using Wall = std::chrono::system_clock;  // FIRES
  auto seconds = time(nullptr);  // FIRES
  clock_gettime(CLOCK_REALTIME, nullptr);  // FIRES
  auto right = clock.monotonic();
  // std::chrono::steady_clock::now() in a comment is only a word.
  const char* text = "std::chrono::steady_clock::now()";
}
