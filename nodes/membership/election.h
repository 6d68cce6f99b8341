// Election: one coordinator leads at a time, by the key leader/coordinator on its holder's lease.
//
// The key's create revision is the leader's term: every metadata write of the leader compares it
// (T3), so a deposed leader's writes fail whatever it believes.
#pragma once

#include "nodes/membership/session.h"

namespace eyrie::membership {

class Election {
 public:
  // The session's lease carries the leadership, and ends it.
  Election(Environment& environment, storage::MetaStore& meta, Session& session);

  // Waits until this node leads; cancelled, or failed_precondition when the session was lost.
  Task<Status> campaign();
  // Gives the leadership up, if it is still ours; best effort.
  Task<void> resign();

  // T2: true only if no other leader can exist at this moment.
  bool surely_leading() const { return revision_ != 0 && session_.held(); }
  // Somebody else led when campaign() last looked.
  bool sees_leader() const { return sees_leader_; }
  storage::Revision revision() const { return revision_; }
  // Holds in a transaction as long as this leadership lasts (T3).
  storage::Compare guard() const;

 private:
  // Once: takes the key if it is free; 0 if somebody else has it.
  Task<Result<storage::Revision>> try_take();
  Task<Status> wait_for_change(storage::Revision after);

  Environment& environment_;
  storage::MetaStore& meta_;
  Session& session_;
  storage::Revision revision_ = 0;
  bool sees_leader_ = false;
};

}  // namespace eyrie::membership
