// SegmentAllotter: which growing segment a record's rows go to, and when a segment takes no more.
//
// Pure. It counts what was allotted, durable or not, for segment and position are decided together
// before the append (W2). A shard has one open segment. A sealed segment never opens again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nodes/streaming/options.h"
#include "nodes/streaming/types.h"
#include "runtime/random.h"

namespace eyrie::streaming {

struct SealedSegment {
  std::string virtual_channel;
  SegmentId segment;
  std::int64_t rows = 0;
  WalPosition last_position = 0;  // of its last row's record

  friend bool operator==(const SealedSegment&, const SealedSegment&) = default;
};

class SegmentAllotter {
 public:
  SegmentAllotter(SealOptions options, Random random) : options_(options), random_(random) {}

  struct Rows {
    std::string virtual_channel;
    std::int64_t rows = 0;
    std::size_t bytes = 0;
  };
  // True if the shard's next rows need a new segment, whose id allot() then takes.
  bool needs_new(const std::string& virtual_channel) const {
    return !open_.contains(virtual_channel);
  }
  // The segment of these rows; `fresh` is used only if needs_new().
  SegmentId allot(const Rows& rows, WalPosition position, SegmentId fresh, MonotonicTime now);

  // Seals what is too old, or all of the channel.
  void seal_aged(MonotonicTime now);
  void seal_all();
  // Forgets the shard's open segment: its collection was dropped.
  void forget(const std::string& virtual_channel) { open_.erase(virtual_channel); }
  // What was sealed since the last call, in the order of sealing.
  std::vector<SealedSegment> take_sealed();
  bool has_sealed() const { return !sealed_.empty(); }

 private:
  struct Open {
    SegmentId id;
    std::int64_t rows_max = 0;
    std::int64_t rows = 0;
    std::size_t bytes = 0;
    MonotonicTime began;
    WalPosition last_position = 0;
  };
  using OpenSegments = std::map<std::string, Open>;

  bool full(const Open& open) const {
    return open.rows >= open.rows_max || open.bytes >= options_.bytes_max;
  }
  OpenSegments::iterator close(OpenSegments::iterator open);

  SealOptions options_;
  Random random_;
  OpenSegments open_;  // by virtual channel
  std::vector<SealedSegment> sealed_;
};

}  // namespace eyrie::streaming
