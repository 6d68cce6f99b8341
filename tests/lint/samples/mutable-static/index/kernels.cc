#include <vector>

static int calls = 0;  // FIRES
static std::vector<int> cache;  // FIRES
static const int kLanes = 16;
static constexpr int kWidth = 8;
static int lanes_of(int width);

int next() {
  static int last{1};  // FIRES
  return ++last;
}
