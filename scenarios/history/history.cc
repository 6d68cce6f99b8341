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

std::string Caller::machine() const {
  return number == 0 ? role : machine_name(role, number);
}

std::string Caller::sentence() const {
  return number == 0 ? role : role + " " + std::to_string(number);
}

Caller History::caller(std::size_t client) const {
  if (clients == 0 || client < clients) return {"client", client + 1};
  if (client == clients) return {"setup", 0};
  return {"probe", client - clients};
}

}  // namespace eyrie::scenarios
