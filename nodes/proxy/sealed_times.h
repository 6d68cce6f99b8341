// SealedTimes: until when the segments that flushes of this proxy sealed have rows.
//
// Whoever waits for a flush by the ids of segments alone asks about what may be compacted by then,
// and nobody keeps what became of which segment. The time tells (SegmentManager::flush_state).
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

namespace eyrie::proxy {

class SealedTimes {
 public:
  static constexpr std::size_t kSegmentsMax = 65'536;

  // What was sealed before has no rows that are newer than what was said of it then.
  template <class Ids>
  void remember(const Ids& segments, std::uint64_t until) {
    for (const std::int64_t segment : segments) until_.try_emplace(segment, until);
    while (until_.size() > kSegmentsMax) until_.erase(until_.begin());  // ids rise
  }

  // When they are all flushed by; none, if one of them is not known here, or there is none.
  template <class Ids>
  std::optional<std::uint64_t> find(const Ids& segments) const {
    std::optional<std::uint64_t> latest;
    for (const std::int64_t segment : segments) {
      const auto found = until_.find(segment);
      if (found == until_.end()) return std::nullopt;
      latest = std::max(latest.value_or(0), found->second);
    }
    return latest;
  }

 private:
  std::map<std::int64_t, std::uint64_t> until_;
};

}  // namespace eyrie::proxy
