// What looks like a broken rule and is none.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace eyrie {

// std::mutex and rand() are words here, and so is "using namespace".
struct Time {
  static constexpr std::int64_t kStep = 1'000'000;
  std::map<std::string, std::int64_t> rows{{"std::thread", 1'0}, {R"x(throw "getenv(")x", 2}};
};

template <class Key, int n = (4 > 3)>
class Table : public Base<void(Key)> {
 public:
  struct Row {
    int random = 0;
  };
  Table() : first_{1}, second_(2) {}
  int operand(int rand_count) { return rand_count; }
};

}  // namespace eyrie
