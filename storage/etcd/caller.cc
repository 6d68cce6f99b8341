#include "storage/etcd/caller.h"

#include <algorithm>

namespace eyrie::storage {

namespace {

// Only the key-value store's answers are linearizable; the header of a lease's answer carries the
// member's own revision, which may lag.
bool is_linearizable(EtcdMethod method) {
  return method == EtcdMethod::range || method == EtcdMethod::txn || method == EtcdMethod::compact;
}

// The member could not or would not serve: another one may.
bool is_members_fault(const Status& status) {
  return status.category() == Category::transient || status.category() == Category::unknown_outcome;
}

}  // namespace

bool EtcdCaller::Course::may_repeat(const Status& status) {
  if (status.code() == Code::cancelled) return false;  // the caller gave up
  const bool in_doubt = met_.category() == Category::unknown_outcome;
  if (!in_doubt || status.category() == Category::unknown_outcome) met_ = status;
  if (status.category() == Category::transient) return true;
  return status.category() == Category::unknown_outcome && repeat_ == EtcdRepeat::always;
}

Status EtcdCaller::Course::outcome(Status last) const {
  if (last.code() == Code::cancelled || met_.ok()) return last;
  return is_members_fault(last) ? met_ : last;
}

Task<Result<EtcdCaller::Attempt>> EtcdCaller::begin(const Course& course) {
  Result<std::size_t> member = co_await endpoints_.choose(course.deadline());
  if (!member && member.error().code() == Code::deadline_exceeded) {
    // Nothing was sent, so nothing is in doubt that was not before.
    co_return fail(Code::unavailable, member.error().message());
  }
  if (!member) co_return fail(std::move(member).error());
  Attempt attempt;
  attempt.member = *member;
  attempt.deadline = course.deadline();
  if (course.repeat() == EtcdRepeat::always) {
    attempt.deadline = std::min(attempt.deadline, clock_.monotonic() + options_.attempt_timeout);
  }
  attempt.seen_before = endpoints_.revision_seen();
  co_return attempt;
}

Status EtcdCaller::judge(const Attempt& attempt, EtcdMethod method,
                         const Result<EtcdAnswer>& answer,
                         const etcdserverpb::ResponseHeader* header) {
  Status status;
  if (!answer) {
    status = answer.error();
    if (status.code() == Code::cancelled) return status;
  } else if (answer->code != EtcdCode::ok) {
    status = meaning_of(*answer);
  } else if (header == nullptr) {
    status = Status(Code::unknown, "etcd's answer could not be decoded");
  } else {
    status = endpoints_.check_cluster(attempt.member, *header);
    if (status.ok() && is_linearizable(method)) {
      status = endpoints_.check_revision(attempt.member, *header, attempt.seen_before);
      if (status.ok()) endpoints_.saw_revision(header->revision());
    }
  }
  if (is_members_fault(status)) {
    endpoints_.failed(attempt.member, status);
  } else {
    endpoints_.succeeded(attempt.member);
  }
  return status;
}

}  // namespace eyrie::storage
