#include "scenarios/history/history.h"

#include <algorithm>

namespace eyrie::scenarios {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::fail:
      return "fail";
    case Outcome::info:
      return "info";
  }
  return "info";
}

std::size_t History::count(OpKind kind, Outcome outcome) const {
  return static_cast<std::size_t>(
      std::count_if(operations.begin(), operations.end(), [&](const Operation& operation) {
        return operation.kind == kind && operation.outcome == outcome;
      }));
}

}  // namespace eyrie::scenarios
