#include <algorithm>
#include <random>

int draw() {
  std::mt19937_64 engine(7);  // FIRES
  std::uniform_int_distribution<int> dice(1, 6);  // FIRES
  std::shuffle(rows.begin(), rows.end(), engine);  // FIRES
  return random.below(6);
}
