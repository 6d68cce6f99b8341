// EtcdState: what an etcd cluster agrees on, as a pure state machine: keys with their history,
// leases, compaction. No clock, network or randomness; times are given.
//
// Follows etcd 3.4.23 (Debian's), measured against it where its documentation is silent:
//   - revisions begin at 1; what changes nothing makes no new one;
//   - a comparison of the value of an absent key fails, whatever the relation;
//   - a branch that is not taken is checked for its form only, not for its leases and revisions;
//   - in a transaction, all puts are checked before all reads;
//   - a removal "to the end of the key space" is not seen to overlap with a put of its branch;
//   - compacting at r keeps what is visible at r, but forgets the removals made at r itself, and
//     still lets a watch begin there;
//   - a lease lives at least kLeaseSecondsMin.
//
// Headers of answers carry the revision alone; who answers adds the rest.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "runtime/time.h"
#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "storage/etcd/refusal.h"

namespace eyrie::storage::fakes {

inline constexpr std::int64_t kLeaseSecondsMin = 2;
inline constexpr std::int64_t kLeaseSecondsMax = 9'000'000'000;
inline constexpr int kOperationsMax = 128;
inline constexpr std::size_t kRequestBytesMax = 1'572'864;

template <class T>
using EtcdOutcome = std::expected<T, EtcdRefusal>;

class EtcdState {
 public:
  using Revision = std::int64_t;

  Revision revision() const { return revision_; }
  // Changes below it are forgotten; -1 at first.
  Revision compacted() const { return compacted_; }

  // As a member sees it that has applied everything up to `applied` and nothing after, with
  // compacted() <= applied <= revision().
  EtcdOutcome<etcdserverpb::RangeResponse> range(const etcdserverpb::RangeRequest& request,
                                                 Revision applied) const;
  EtcdOutcome<etcdserverpb::PutResponse> put(const etcdserverpb::PutRequest& request);
  EtcdOutcome<etcdserverpb::DeleteRangeResponse> delete_range(
      const etcdserverpb::DeleteRangeRequest& request);
  EtcdOutcome<etcdserverpb::TxnResponse> txn(const etcdserverpb::TxnRequest& request);
  EtcdOutcome<etcdserverpb::CompactionResponse> compact(
      const etcdserverpb::CompactionRequest& request);

  // `now` is the leader's clock, and so are all times of leases.
  EtcdOutcome<etcdserverpb::LeaseGrantResponse> grant(
      const etcdserverpb::LeaseGrantRequest& request, MonotonicTime now);
  EtcdOutcome<etcdserverpb::LeaseRevokeResponse> revoke(std::int64_t lease);
  // TTL 0: there is no such lease.
  etcdserverpb::LeaseKeepAliveResponse keep_alive(std::int64_t lease, MonotonicTime now);
  etcdserverpb::LeaseTimeToLiveResponse time_to_live(
      const etcdserverpb::LeaseTimeToLiveRequest& request, MonotonicTime now) const;
  // Those whose time has passed; each is then to be revoked.
  std::vector<std::int64_t> expired(MonotonicTime now) const;
  // A new leader gives every lease its full time again, counted by its own clock from then + extra.
  void extend_leases(MonotonicTime now, Duration extra);
  std::size_t leases() const { return leases_.size(); }

  // The changes of that revision, in order; empty if it has none or they are forgotten.
  std::span<const mvccpb::Event> changes_at(Revision revision) const;
  // The first revision >= `from` that still has changes, or revision() + 1.
  Revision next_changed(Revision from) const;

 private:
  struct Version {
    Revision revision = 0;
    bool removed = false;
    mvccpb::KeyValue item;
  };
  using Versions = std::vector<Version>;  // revisions rise
  using Keys = std::map<std::string, Versions>;
  struct Lease {
    std::int64_t granted_s = 0;
    MonotonicTime expires;
    std::set<std::string> keys;
  };
  // The changes of one transaction while it runs; they become the next revision.
  class Writer;

  const mvccpb::KeyValue* find(const std::string& key, Revision at) const;
  static const mvccpb::KeyValue* visible(const Versions& versions, Revision at);
  // First and past-the-end key of a range.
  std::pair<Keys::const_iterator, Keys::const_iterator> bounds(const std::string& key,
                                                               const std::string& range_end) const;
  EtcdOutcome<void> check_readable(Revision revision, Revision applied) const;
  etcdserverpb::RangeResponse read(const etcdserverpb::RangeRequest& request, Revision at) const;

  // Which branch each transaction takes, it and then those inside the branch, in order: decided
  // before anything is changed.
  class Path;
  using Check = EtcdOutcome<void> (EtcdState::*)(const etcdserverpb::RequestOp& operation) const;
  bool holds(const etcdserverpb::Compare& compare) const;
  void choose(const etcdserverpb::TxnRequest& request, Path& path) const;
  EtcdOutcome<void> check_put(const etcdserverpb::RequestOp& operation) const;
  EtcdOutcome<void> check_range(const etcdserverpb::RequestOp& operation) const;
  EtcdOutcome<void> check_all(const etcdserverpb::TxnRequest& request, Path& path,
                              Check check) const;
  etcdserverpb::TxnResponse run(const etcdserverpb::TxnRequest& request, Path& path,
                                Writer& writer);

  Revision revision_ = 1;
  Revision compacted_ = -1;
  Keys keys_;
  std::map<Revision, std::vector<mvccpb::Event>> history_;
  std::map<std::int64_t, Lease> leases_;
  std::int64_t next_lease_ = 1'000;
};

// Refusals for what a request is, whatever the state: etcd checks these before anything else.
EtcdOutcome<void> check_form(const etcdserverpb::TxnRequest& request);
EtcdOutcome<void> check_form(const etcdserverpb::RangeRequest& request);
EtcdOutcome<void> check_form(const etcdserverpb::PutRequest& request);
EtcdOutcome<void> check_form(const etcdserverpb::DeleteRangeRequest& request);
// Whether the key is in [begin, range_end), an empty end meaning the one key and a zero byte all.
bool in_range(const std::string& key, const std::string& begin, const std::string& range_end);

}  // namespace eyrie::storage::fakes
