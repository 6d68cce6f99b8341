// CommandGuard: refuses commands of a deposed leader, and those that arrive behind a later one
// (T3).
//
// A leader numbers its commands. Commands about different things may overtake each other on their
// way, so the highest number is kept for each subject; a repeated command is taken again, for all
// are idempotent. Bounded: beyond `subjects_max` the memory is folded into one number for all,
// which refuses more, never less.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "nodes/proto/streaming.pb.h"
#include "runtime/status.h"

namespace eyrie::wire {

class CommandGuard {
 public:
  explicit CommandGuard(std::size_t subjects_max) : subjects_max_(subjects_max) {}

  // fenced: a later leader has spoken. conflict: a later command about the subject has arrived.
  Status admit(const std::string& subject, const internal::Command& command) {
    if (command.leader_revision() < revision_) {
      return Status(Code::fenced, "the command is of leader " +
                                      std::to_string(command.leader_revision()) + ", and " +
                                      std::to_string(revision_) + " has spoken");
    }
    if (command.leader_revision() > revision_) {
      revision_ = command.leader_revision();
      floor_ = highest_ = 0;
      sequences_.clear();
    }
    const auto known = sequences_.find(subject);
    const std::int64_t newest = known != sequences_.end() ? known->second : floor_;
    if (command.sequence() < newest) {
      return Status(Code::conflict, "a later command about " + subject + " has arrived");
    }
    highest_ = std::max(highest_, command.sequence());
    if (sequences_.size() >= subjects_max_) {
      floor_ = highest_;
      sequences_.clear();
    }
    sequences_[subject] = command.sequence();
    return {};
  }

 private:
  std::size_t subjects_max_;
  std::int64_t revision_ = 0;
  std::int64_t floor_ = 0;
  std::int64_t highest_ = 0;
  std::map<std::string, std::int64_t> sequences_;
};

}  // namespace eyrie::wire
