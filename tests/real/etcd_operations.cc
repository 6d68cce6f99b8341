#include "tests/real/etcd_operations.h"

#include <algorithm>

namespace eyrie::test {

namespace {

using storage::EtcdMethod;

constexpr std::size_t kLeasesRemembered = 4;

}  // namespace

void EtcdOperations::remember_lease(std::int64_t lease) {
  if (std::ranges::count(named_leases_, lease) > 0) return;
  named_leases_.push_back(lease);
  if (named_leases_.size() > kLeasesRemembered) named_leases_.pop_front();
}

EtcdOperation EtcdOperations::next() {
  const std::uint64_t kind = random_.below(1'000);
  if (kind < 220) return range();
  if (kind < 400) return put();
  if (kind < 490) return remove();
  if (kind < 780) return txn();
  if (kind < 820) return compact();
  if (kind < 870) return grant();
  if (kind < 910) return revoke();
  if (kind < 950) return time_to_live();
  if (kind < 985) return keep_alive();
  if (kind < 997) return too_many();
  return too_large();
}

std::string EtcdOperations::key() {
  static const std::vector<std::string> keys{
      "a", "b", "c", "d/", "d/1", "d/2", std::string("d/\0", 3), "\xFF", "\xFF\xFF"};
  return one_in(60) ? "" : random_.pick(keys);
}

std::string EtcdOperations::end_of(const std::string& key) {
  switch (random_.below(8)) {
    case 0:
      return std::string(1, '\0');
    case 1:
      return "d0";
    case 2:
      return "\xFF";
    case 3:
      return "a";  // mostly before its begin
    default:
      return key == "d/" ? "d0" : "";
  }
}

std::string EtcdOperations::value() {
  static const std::vector<std::string> values{
      "", "1", "2", "3", std::string("\0\xFF", 2), std::string(3'000, 'v')};
  return random_.pick(values);
}

std::int64_t EtcdOperations::lease() {
  if (!named_leases_.empty() && one_in(3)) {
    return named_leases_[random_.below(named_leases_.size())];
  }
  return random_.between(1, kOwnLeases);
}

std::int64_t EtcdOperations::revision() {
  switch (random_.below(12)) {
    case 0:
      return revision_ + random_.between(1, 4);
    case 1:
      return compacted_ + random_.between(-2, 1);
    case 2:
    case 3:
      return random_.between(std::max<std::int64_t>(compacted_, 0), revision_);
    case 4:
      return -random_.between(1, 3);
    default:
      return 0;
  }
}

void EtcdOperations::fill(etcdserverpb::RangeRequest& request) {
  request.set_key(key());
  request.set_range_end(end_of(request.key()));
  request.set_revision(revision());
  if (one_in(3)) request.set_limit(random_.between(-1, 4));
  request.set_serializable(one_in(4));
  request.set_keys_only(one_in(6));
  request.set_count_only(one_in(8));
  if (one_in(6)) {
    request.set_sort_order(
        static_cast<etcdserverpb::RangeRequest::SortOrder>(random_.between(0, 2)));
    request.set_sort_target(
        static_cast<etcdserverpb::RangeRequest::SortTarget>(random_.between(0, 4)));
  }
  const auto near = [this] {
    return std::max<std::int64_t>(revision_ - random_.between(0, 20), 1);
  };
  if (one_in(12)) request.set_min_mod_revision(near());
  if (one_in(12)) request.set_max_mod_revision(near());
  if (one_in(12)) request.set_min_create_revision(near());
  if (one_in(12)) request.set_max_create_revision(near());
}

void EtcdOperations::fill(etcdserverpb::PutRequest& request) {
  request.set_key(key());
  request.set_value(value());
  if (one_in(3)) request.set_lease(lease());
  request.set_prev_kv(one_in(3));
  if (keeps_ && one_in(12)) {
    request.set_ignore_value(true);
    if (!one_in(8)) request.clear_value();
  }
  if (keeps_ && one_in(12)) {
    request.set_ignore_lease(true);
    if (!one_in(8)) request.clear_lease();
  }
}

void EtcdOperations::fill(etcdserverpb::DeleteRangeRequest& request) {
  request.set_key(key());
  request.set_range_end(end_of(request.key()));
  if (!reaches_to_the_end_ && request.range_end() == std::string(1, '\0'))
    request.clear_range_end();
  request.set_prev_kv(one_in(3));
}

void EtcdOperations::fill(etcdserverpb::Compare& compare) {
  compare.set_key(key());
  if (one_in(6)) compare.set_range_end(end_of(compare.key()));
  compare.set_result(static_cast<etcdserverpb::Compare::CompareResult>(random_.between(0, 3)));
  compare.set_target(static_cast<etcdserverpb::Compare::CompareTarget>(random_.between(0, 4)));
  const std::int64_t near = one_in(3) ? 0 : revision_ - random_.between(0, 12);
  switch (compare.target()) {
    case etcdserverpb::Compare::VERSION:
      compare.set_version(random_.between(0, 4));
      break;
    case etcdserverpb::Compare::CREATE:
      compare.set_create_revision(near);
      break;
    case etcdserverpb::Compare::MOD:
      compare.set_mod_revision(near);
      break;
    case etcdserverpb::Compare::VALUE:
      if (!one_in(8)) compare.set_value(value());
      break;
    default:
      compare.set_lease(one_in(3) ? 0 : lease());
      break;
  }
}

void EtcdOperations::fill(etcdserverpb::RequestOp& operation, int depth) {
  switch (random_.below(depth > 0 ? 9 : 8)) {
    case 0:
    case 1:
    case 2:
      return fill(*operation.mutable_request_range());
    case 3:
    case 4:
    case 5:
      return fill(*operation.mutable_request_put());
    case 6:
      return fill(*operation.mutable_request_delete_range());
    case 7:
      if (one_in(10)) return;  // of no kind
      return fill(*operation.mutable_request_put());
    default:
      return fill(*operation.mutable_request_txn(), depth - 1);
  }
}

void EtcdOperations::fill(etcdserverpb::TxnRequest& request, int depth) {
  for (auto count = random_.between(0, 2); count > 0; --count) fill(*request.add_compare());
  for (auto count = random_.between(0, 3); count > 0; --count) fill(*request.add_success(), depth);
  for (auto count = random_.between(0, 2); count > 0; --count) fill(*request.add_failure(), depth);
}

EtcdOperation EtcdOperations::range() {
  etcdserverpb::RangeRequest request;
  fill(request);
  return {EtcdMethod::range, request.SerializeAsString(), "range"};
}

EtcdOperation EtcdOperations::put() {
  etcdserverpb::PutRequest request;
  fill(request);
  return {EtcdMethod::put, request.SerializeAsString(), "put"};
}

EtcdOperation EtcdOperations::remove() {
  etcdserverpb::DeleteRangeRequest request;
  fill(request);
  return {EtcdMethod::delete_range, request.SerializeAsString(), "delete_range"};
}

EtcdOperation EtcdOperations::txn() {
  etcdserverpb::TxnRequest request;
  (one_in(2) ? keeps_ : reaches_to_the_end_) = false;
  fill(request, 2);
  keeps_ = reaches_to_the_end_ = true;
  return {EtcdMethod::txn, request.SerializeAsString(), "txn"};
}

EtcdOperation EtcdOperations::compact() {
  etcdserverpb::CompactionRequest request;
  const std::int64_t oldest = std::max<std::int64_t>(compacted_ - 1, 0);
  request.set_revision(random_.between(oldest, revision_ + (one_in(4) ? 2 : 0)));
  return {EtcdMethod::compact, request.SerializeAsString(), "compact"};
}

EtcdOperation EtcdOperations::grant() {
  etcdserverpb::LeaseGrantRequest request;
  request.set_ttl(kLeaseSeconds + random_.between(0, 100));
  if (one_in(20)) request.set_ttl(9'000'000'001);
  if (!one_in(4)) request.set_id(random_.between(1, kOwnLeases));
  return {EtcdMethod::lease_grant, request.SerializeAsString(), "lease_grant"};
}

EtcdOperation EtcdOperations::revoke() {
  etcdserverpb::LeaseRevokeRequest request;
  request.set_id(lease());
  return {EtcdMethod::lease_revoke, request.SerializeAsString(), "lease_revoke"};
}

EtcdOperation EtcdOperations::time_to_live() {
  etcdserverpb::LeaseTimeToLiveRequest request;
  request.set_id(lease());
  request.set_keys(!one_in(3));
  return {EtcdMethod::lease_time_to_live, request.SerializeAsString(), "lease_time_to_live"};
}

EtcdOperation EtcdOperations::keep_alive() {
  etcdserverpb::LeaseKeepAliveRequest request;
  request.set_id(lease());
  return {EtcdMethod::lease_keep_alive, request.SerializeAsString(), "lease_keep_alive"};
}

EtcdOperation EtcdOperations::too_large() {
  etcdserverpb::PutRequest request;
  request.set_key("a");
  request.set_value(std::string(1'600'000, 'x'));
  return {EtcdMethod::put, request.SerializeAsString(), "put: too large"};
}

EtcdOperation EtcdOperations::too_many() {
  etcdserverpb::TxnRequest request;
  const bool fits = one_in(2);
  for (int i = 0; i < (fits ? 128 : 129); ++i) {
    etcdserverpb::RangeRequest& range = *request.add_success()->mutable_request_range();
    fill(range);
    if (range.key().empty()) range.set_key("a");
    if (!one_in(100)) range.clear_revision();
  }
  return {EtcdMethod::txn, request.SerializeAsString(),
          fits ? "txn: 128 operations" : "txn: 129 operations"};
}

}  // namespace eyrie::test
