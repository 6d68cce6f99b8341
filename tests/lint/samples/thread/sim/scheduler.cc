#include <thread>

void start() {
  std::thread thread([] {});  // FIRES
  std::jthread other([] {});  // FIRES
  auto later = std::async(std::launch::async, [] { return 1; });  // FIRES
  pthread_create(nullptr, nullptr, nullptr, nullptr);  // FIRES
}
