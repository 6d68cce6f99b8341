// Copies: the segments that this node holds, each for the delegator that asked for it.
//
// A copy belongs to (channel, term). The first request of a higher term drops the copies of lower
// ones: their delegator is fenced and could only read the past.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "nodes/proto/query.pb.h"
#include "nodes/query/segment_copy.h"

namespace eyrie::query {

class Copies {
 public:
  // fenced if the owner's term is lower than one that was seen.
  Status enter(const internal::CopyOwner& owner);
  // Of the owner's term; not_found (Milvus 600) otherwise. After enter().
  Result<std::shared_ptr<SegmentCopy>> find(const internal::CopyOwner& owner,
                                            std::int64_t segment) const;
  // conflict: the copy that is here was made by this request or a later one, and deletes may have
  // been applied to it since; it stays.
  Status put(const internal::CopyOwner& owner, std::int64_t segment, std::int64_t load,
             std::shared_ptr<SegmentCopy> copy);
  void release(const internal::CopyOwner& owner, std::int64_t segment);
  std::size_t size() const;

 private:
  struct Loaded {
    std::shared_ptr<SegmentCopy> copy;
    std::int64_t load = 0;  // the number of the request that made it
  };
  struct Channel {
    std::int64_t term = 0;
    std::map<std::int64_t, Loaded> copies;
  };

  std::map<std::string, Channel> channels_;
};

}  // namespace eyrie::query
