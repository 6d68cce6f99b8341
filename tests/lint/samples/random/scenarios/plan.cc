#include <algorithm>
#include <random>

int draw() {
  std::random_device device;  // FIRES
  std::mt19937_64 engine(device());  // FIRES
  std::uniform_int_distribution<int> dice(1, 6);  // FIRES
  std::shuffle(rows.begin(), rows.end(), engine);  // FIRES
  srand(7);  // FIRES
  int operand(3);
  return rand();  // FIRES
}
