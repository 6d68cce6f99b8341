// What a trace event's field holds, whose kind its event says (runtime/tracer.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/tracer.h"

namespace eyrie::scenarios {

inline std::int64_t number(const Field& field) {
  return std::get<std::int64_t>(field);
}
inline std::uint64_t natural(const Field& field) {
  return static_cast<std::uint64_t>(number(field));
}
inline std::string text(const Field& field) {
  return std::string(std::get<std::string_view>(field));
}

}  // namespace eyrie::scenarios
