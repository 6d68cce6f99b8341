// CommandOrder: what a node has seen of its leaders (T3). A command below the highest is refused:
// it comes from a deposed leader, or late.
#pragma once

#include <utility>

#include "nodes/proto/streaming.pb.h"
#include "runtime/status.h"

namespace eyrie::data {

class CommandOrder {
 public:
  // Commands of one leader may overtake each other on the way; only older leaders are refused.
  Status accept(const internal::Command& command) {
    if (command.leader_revision() < highest_leader_) {
      return Status(Code::fenced, "the command is from a deposed coordinator");
    }
    highest_leader_ = command.leader_revision();
    return {};
  }

 private:
  std::int64_t highest_leader_ = 0;
};

}  // namespace eyrie::data
