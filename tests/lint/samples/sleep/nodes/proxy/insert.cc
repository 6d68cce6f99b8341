#include <thread>

void wait() {
  std::this_thread::sleep_for(second);  // FIRES
  ::usleep(10);  // FIRES
  nanosleep(&span, nullptr);  // FIRES
  co_await clock.sleep_until(instant);
}
