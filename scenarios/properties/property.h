// Property: what must hold of every run, its premise, and what a checker found out about it.
//
// A property whose premise never held says nothing, so each counts how often it did. A violation is
// one sentence that contradicts itself, naming the operations or records. Numbers are those of the
// project's literature: P1, P2, ...
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eyrie::scenarios {

struct Property {
  std::string_view id;       // "P1"
  std::string_view name;     // "no lost write"
  std::string_view premise;  // the situation that could break it, in one sentence
  // The premise needs a fault or a mark: it holds in fewer seeds.
  bool needs_fault = false;
  // The premise needs a standalone's own stores: no cluster has them.
  bool needs_standalone = false;
};

// All of them, in order.
std::span<const Property> all_properties();
// Null if there is none of that id.
const Property* find_property(std::string_view id);

struct Violation {
  std::string property;
  std::string sentence;
};

struct PropertyResult {
  std::string id;
  std::string premise;
  std::uint64_t checked = 0;  // how often the premise held
  std::vector<Violation> violations;
};

// What a checker found, for the properties that it is responsible for.
class Findings {
 public:
  explicit Findings(std::span<const std::string_view> ids);  // of all_properties()
  // Of one's own, for whoever uses the testbed as a library.
  explicit Findings(std::span<const Property> own);

  // The premise held so many times more.
  void check(std::string_view id, std::uint64_t times = 1);
  void violate(std::string_view id, std::string sentence);

  std::vector<PropertyResult> take() { return std::move(results_); }

 private:
  PropertyResult& result(std::string_view id);

  std::vector<PropertyResult> results_;
};

}  // namespace eyrie::scenarios
