// Variables that a component may not have, and constants that it may.
#include <map>
#include <string>

namespace eyrie::sample {

int exported = 1;

namespace {
int hidden = 0;
const int kLimit = 7;
const std::map<int, std::string> kNames = {{1, "one"}};
const char* const kTable[] = {"a", "b"};
}  // namespace

const std::string& constant() {
  static const std::string kText = "a";
  return kText;
}

struct Base {
  virtual ~Base() = default;
  virtual int step() { return kLimit; }
};

int next() {
  static int last = 0;
  static const std::string kOnce = kTable[0];
  Base base;
  return ++last + ++hidden + base.step() + static_cast<int>(kOnce.size() + kNames.size());
}

}  // namespace eyrie::sample
