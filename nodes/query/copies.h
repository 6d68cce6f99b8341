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
  void put(const internal::CopyOwner& owner, std::int64_t segment,
           std::shared_ptr<SegmentCopy> copy);
  void release(const internal::CopyOwner& owner, std::int64_t segment);
  std::size_t size() const;

 private:
  struct Channel {
    std::int64_t term = 0;
    std::map<std::int64_t, std::shared_ptr<SegmentCopy>> copies;
  };

  std::map<std::string, Channel> channels_;
};

}  // namespace eyrie::query
