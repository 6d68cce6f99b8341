// Copies: the segments that this node holds, each for the delegator that asked for it.
//
// A copy belongs to (channel, term). The first request of a higher term drops the copies of lower
// ones: their delegator is fenced and could only read the past.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "nodes/proto/query.pb.h"
#include "nodes/query/segment_copy.h"
#include "runtime/metrics.h"

namespace eyrie::query {

class Copies {
 public:
  // fenced if the owner's term is lower than one that was seen.
  Status enter(const internal::CopyOwner& owner);
  // Of the owner's term; not_found (Milvus 600) otherwise. After enter().
  Result<std::shared_ptr<SegmentCopy>> find(const internal::CopyOwner& owner,
                                            std::int64_t segment) const;
  // The copy that this load made; conflict if another one did.
  Result<std::shared_ptr<SegmentCopy>> find(const internal::CopyOwner& owner, std::int64_t segment,
                                            std::int64_t load) const;
  struct Loaded {
    std::shared_ptr<SegmentCopy> copy;
    std::int64_t load = 0;  // the number of the request that made it
    std::int64_t collection = 0;
  };
  // conflict: the copy that is here was made by this request or a later one, and deletes may have
  // been applied to it since; it stays.
  Status put(const internal::CopyOwner& owner, std::int64_t segment, Loaded loaded);
  // A load begins; until end_load() its copy counts as if it were here. resource_exhausted, and not
  // begun, if with the copies that are here and on their way it were more than `copies_max`; a
  // segment that is among them adds none. After enter().
  Status begin_load(const internal::CopyOwner& owner, std::int64_t segment, std::size_t copies_max);
  void end_load(const internal::CopyOwner& owner, std::int64_t segment);
  // Unless a load after `load` made the copy.
  void release(const internal::CopyOwner& owner, std::int64_t segment, std::int64_t load);
  std::size_t size() const;
  void read_metrics(MetricSample& sample) const;

  // Whose segments are here.
  std::set<std::int64_t> collections() const;
  struct Dropped {
    std::int64_t segment = 0;
    std::int64_t term = 0;
  };
  // Every copy of the collection, whoever owns it.
  std::vector<Dropped> drop_collection(std::int64_t collection);

 private:
  struct Channel {
    std::int64_t term = 0;
    std::map<std::int64_t, Loaded> copies;
  };

  using Place = std::pair<std::string, std::int64_t>;  // channel and segment

  Result<Loaded> find_loaded(const internal::CopyOwner& owner, std::int64_t segment) const;
  bool holds(const Place& place) const;
  std::size_t size_after_loads() const;

  std::map<std::string, Channel> channels_;
  std::multiset<Place> loading_;  // an attempt that was given up may run beside the next one
};

}  // namespace eyrie::query
