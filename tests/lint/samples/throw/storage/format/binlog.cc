#include <stdexcept>

void parse(int length) {
  if (length < 0) throw std::runtime_error("negative");  // FIRES
}
