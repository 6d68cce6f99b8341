// ChannelHead: the channel as it will be once everything allotted is durable. Pure.
//
// The sequencer asks it what becomes of a request at the moment of allotment: data for a collection
// that is not alive there is refused, counting creates and drops that are still on their way (D3).
// If an append fails the channel is opened anew, so nothing is ever taken back here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nodes/streaming/channel_state.h"
#include "nodes/streaming/segment_allotter.h"
#include "storage/format/wal_record.h"

namespace eyrie::streaming {

using RecordBody = decltype(storage::WalRecord::body);

class ChannelHead {
 public:
  // Starts where the recovered state ends.
  ChannelHead(const ChannelState& state, SegmentAllotter allotter);

  bool alive(CollectionId collection) const { return alive_.contains(collection); }

  // ok: the body may be allotted now. not_found (Milvus 100): its collection is not alive here.
  Status check(const RecordBody& body) const;
  // A create of what is alive, or a drop of what is not, writes no record: the place of the first
  // one, or `newest` where that is not known any more.
  std::optional<Place> repeated(const RecordBody& body, Place newest) const;
  // Whether allot() will use a new segment id.
  bool needs_segment(const RecordBody& body) const;
  // Sets the segment of rows; notes creates and drops. `fresh`: a new id, if needs_segment().
  SegmentId allot(RecordBody& body, Place place, SegmentId fresh, MonotonicTime now);

  SegmentAllotter& segments() { return allotter_; }

 private:
  SegmentAllotter allotter_;
  std::map<CollectionId, std::optional<Place>> alive_;       // and where created, if known
  std::map<CollectionId, Place> dropped_;                    // the newest kDroppedMax of them
  std::map<CollectionId, std::vector<std::string>> shards_;  // that got rows
};

}  // namespace eyrie::streaming
