// Tracer: the events of components, by stable names with typed fields.
//
// A room declares each event once and emits it; the same events make production's log, the
// simulator's verdict and its report. One of level error is a mistake of ours: it fails a simulated
// run.
//
//   inline constexpr EventType<2> kSegmentSealed{"streaming.segment_sealed", Level::info,
//                                                {"segment", "rows"}};
//   emit(tracer, kSegmentSealed, segment.value, rows);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "runtime/ids.h"

namespace eyrie {

enum class Level : std::uint8_t { debug, info, warning, error };
std::string_view name_of(Level level);

// Strings are copied by the tracer if it keeps them.
using Field = std::variant<std::int64_t, std::string_view>;

struct EventHeader {
  std::string_view name;  // "room.what_happened"
  Level level = Level::info;
  std::span<const std::string_view> fields;
};

template <std::size_t N>
struct EventType {
  std::string_view name;
  Level level = Level::info;
  std::array<std::string_view, N> fields{};
};

class Tracer {
 public:
  virtual ~Tracer() = default;
  // One value a field, in the order of the header.
  virtual void record(const EventHeader& event, std::span<const Field> values) = 0;
};

namespace detail {

template <class T>
Field to_field(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return Field(std::string_view(value));
  } else if constexpr (requires { value.value; }) {
    return Field(static_cast<std::int64_t>(value.value));
  } else {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>, "fields are integers, ids or text");
    return Field(static_cast<std::int64_t>(value));
  }
}

}  // namespace detail

template <std::size_t N, class... Values>
void emit(Tracer& tracer, const EventType<N>& event, const Values&... values) {
  static_assert(sizeof...(Values) == N, "one value for each declared field");
  const std::array<Field, N> fields{detail::to_field(values)...};
  tracer.record(EventHeader{event.name, event.level, event.fields}, fields);
}

}  // namespace eyrie
