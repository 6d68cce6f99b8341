// Strong identifiers: a SegmentId is not a CollectionId, though both are 64-bit numbers.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace eyrie {

// A number with a meaning. Tag is an empty struct naming it; 0 is "none" for every id of ours.
template <class Tag>
struct Id {
  std::int64_t value = 0;

  constexpr Id() = default;
  constexpr explicit Id(std::int64_t number) : value(number) {}
  constexpr bool valid() const { return value != 0; }
  friend constexpr auto operator<=>(Id, Id) = default;
};

template <class Tag>
std::string to_string(Id<Tag> id) {
  return std::to_string(id.value);
}

// A node is a role on a machine and keeps its id for life; each start of its process is a new
// incarnation. A command to a node names both, so that a delayed one cannot reach a later process.
using NodeId = Id<struct NodeIdTag>;
using IncarnationId = Id<struct IncarnationIdTag>;

}  // namespace eyrie
