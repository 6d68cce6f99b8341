#include <random>

int draw() {
  std::random_device device;  // FIRES
  srand(7);  // FIRES
  int operand(3);
  getrandom(&operand, sizeof(operand), 0);  // FIRES
  return rand();  // FIRES
}
