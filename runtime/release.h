// Release: what a build speaks with other nodes and writes for them to read, as one number that
// rises when either changes. A node is told which release it acts as: its build's, or one before,
// which it then keeps to as a build of then did, refusals included.
//
// Two releases that follow each other work together in one cluster. Stored bytes of every format
// ever written stay readable.
#pragma once

#include <algorithm>
#include <cstdint>

namespace eyrie {

enum class Release : std::int32_t { first = 1, second = 2 };

inline constexpr Release kOldestRelease = Release::first;
inline constexpr Release kThisRelease = Release::second;

constexpr std::int32_t number_of(Release release) {
  return static_cast<std::int32_t>(release);
}

// Of messages between nodes (runtime/rpc/frame.h), both ends included.
struct Protocols {
  std::uint32_t lowest = 1;
  std::uint32_t highest = 1;

  friend bool operator==(const Protocols&, const Protocols&) = default;
};
// Its own and that of the release before.
constexpr Protocols protocols_of(Release release) {
  const auto own = static_cast<std::uint32_t>(number_of(release));
  return {std::max(own, 2U) - 1, own};
}

// Of everything that a cluster keeps, together: what is written by a release at most, and read up
// to. The formats of single files follow from it (storage/format).
constexpr std::int32_t format_of(Release release) {
  return number_of(release);
}

inline constexpr std::int32_t kOldestFormat = format_of(kOldestRelease);
inline constexpr std::int32_t kNewestFormat = format_of(kThisRelease);

}  // namespace eyrie
