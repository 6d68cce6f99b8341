// Random requests to etcd, encoded: all kinds that a client of ours may send, and bad ones, on few
// keys and leases so that they meet.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "runtime/random.h"
#include "storage/etcd/proto/etcd_rpc.pb.h"
#include "storage/etcd/wire.h"

namespace eyrie::test {

struct EtcdOperation {
  storage::EtcdMethod method = storage::EtcdMethod::range;
  Bytes request;
  std::string kind;  // for the count: "txn", "range: future revision"
};

class EtcdOperations {
 public:
  explicit EtcdOperations(std::uint64_t seed) : random_(Random(seed).stream("operations")) {}

  // Where the store is now, roughly: what requests refer to.
  void now(std::int64_t revision, std::int64_t compacted) {
    revision_ = revision;
    compacted_ = compacted;
  }
  // A lease that the server named.
  void remember_lease(std::int64_t lease);
  const std::deque<std::int64_t>& named_leases() const { return named_leases_; }

  EtcdOperation next();

  static constexpr std::int64_t kOwnLeases = 6;  // 1 to this
  static constexpr std::int64_t kLeaseSeconds = 5'000;

 private:
  EtcdOperation range();
  EtcdOperation put();
  EtcdOperation remove();
  EtcdOperation txn();
  EtcdOperation compact();
  EtcdOperation grant();
  EtcdOperation revoke();
  EtcdOperation time_to_live();
  EtcdOperation keep_alive();
  EtcdOperation too_large();
  EtcdOperation too_many();

  bool one_in(std::uint64_t count) { return random_.below(count) == 0; }
  std::string key();
  std::string end_of(const std::string& key);
  std::string value();
  std::int64_t lease();
  std::int64_t revision();
  void fill(etcdserverpb::RangeRequest& request);
  void fill(etcdserverpb::PutRequest& request);
  void fill(etcdserverpb::DeleteRangeRequest& request);
  void fill(etcdserverpb::Compare& compare);
  void fill(etcdserverpb::TxnRequest& request, int depth);
  void fill(etcdserverpb::RequestOp& operation, int depth);

  // Random puts of one transaction keep the old value or lease, or its removals reach to the end of
  // the key space; both at once end etcd 3.4: it does not see that such a removal takes the key
  // that the put needs, and panics when it meets that.
  bool keeps_ = true;
  bool reaches_to_the_end_ = true;

  Random random_;
  std::int64_t revision_ = 1;
  std::int64_t compacted_ = -1;
  std::deque<std::int64_t> named_leases_;
};

}  // namespace eyrie::test
