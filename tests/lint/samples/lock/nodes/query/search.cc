#include <atomic>
#include <mutex>

std::mutex mutex;  // FIRES
std::atomic<int> count;  // FIRES
std::atomic_flag flag;  // FIRES

void locked() {
  std::lock_guard guard(mutex);  // FIRES
  std::call_once(once, [] {});  // FIRES
  std::condition_variable_any wake;  // FIRES
}
