#include "nodes/cluster/start.h"

#include <string_view>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/node_ids.h"
#include "nodes/catalog/records.h"
#include "runtime/combine.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::cluster {

namespace {

constexpr Duration kPauseMin = 200ms;
constexpr Duration kPauseMax = 5s;
constexpr Duration kListenerPatience = 2s;

// The etcd client takes such a server for one that is not up yet.
constexpr std::string_view kNoEtcd = "it is no etcd server";

bool worth_waiting(const Status& status) {
  if (status.code() == Code::cancelled || status.message().contains(kNoEtcd)) return false;
  return status.category() == Category::transient || status.category() == Category::unknown_outcome;
}

}  // namespace

Start::Start(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
             const ClusterOptions& options, Release release, Say say)
    : environment_(environment),
      meta_(meta),
      objects_(objects),
      options_(options),
      release_(release),
      say_(std::move(say)),
      random_(environment.random.stream("start")) {}

Task<Result<NodeId>> Start::run() {
  rpc::BackOff pause(kPauseMin, kPauseMax, random_.stream("pause"));
  std::string said;
  while (true) {
    Result<NodeId> node = co_await attempt();
    if (node || !worth_waiting(node.error())) co_return node;
    if (node.error().message() != said) {
      said = node.error().message();
      say_(said);
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(pause.next()));
  }
}

Task<Result<NodeId>> Start::attempt() {
  EYRIE_CO_TRY(const catalog::StoreRecord claimed, co_await claim_meta());
  EYRIE_CO_RETURN_IF_ERROR(co_await claim_objects(claimed));
  EYRIE_CO_RETURN_IF_ERROR(co_await find_address_free());
  Result<NodeId> node = co_await catalog::allot_node_id(meta_);
  if (!node) co_return fail(of_etcd(node.error()));
  co_return node;
}

Task<Result<catalog::StoreRecord>> Start::claim_meta() {
  catalog::StoreRecord fresh;
  fresh.set_format(format_of(release_));
  fresh.set_cluster(options_.name);
  fresh.set_pair(random_.next());
  Result<catalog::StoreRecord> claimed = co_await catalog::claim_meta_store(meta_, fresh, release_);
  if (!claimed) co_return fail(of_etcd(claimed.error()));
  co_return claimed;
}

Task<Status> Start::claim_objects(catalog::StoreRecord claimed) {
  const Result<bool> ours = co_await mark_objects(claimed);
  if (!ours) co_return of_objects(ours.error());
  if (*ours) co_return Status();
  co_return Status(Code::failed_precondition,
                   bucket() +
                       " holds the data of another cluster, or of this one before its etcd "
                       "(etcd.endpoints) was emptied; a cluster needs a bucket of its own");
}

// Whether the object store's mark is the meta store's; made if absent.
Task<Result<bool>> Start::mark_objects(const catalog::StoreRecord& claimed) {
  const std::string key(catalog::kStoreKey);
  Result<Bytes> found = co_await objects_.get(key);
  if (!found && found.error().code() == Code::not_found) {
    const Status put = co_await objects_.put_if_absent(key, catalog::encode_record(claimed));
    if (!put.ok() && put.code() != Code::already_exists) co_return fail(put);
    found = co_await objects_.get(key);
  }
  if (!found) co_return fail(found.error());
  const auto record = catalog::decode_record<catalog::StoreRecord>(key, *found);
  if (!record) co_return false;
  EYRIE_CO_RETURN_IF_ERROR(catalog::check_format(*record, release_));
  co_return record->pair() == claimed.pair();
}

Task<Status> Start::find_address_free() {
  const std::string mine = to_string(options_.advertise);
  const Result<storage::RangeResult> sessions =
      co_await meta_.range(storage::with_prefix(std::string(catalog::kSessionPrefix)), 0, 0);
  if (!sessions) co_return of_etcd(sessions.error());
  for (const storage::KeyValue& item : sessions->items) {
    const auto record = catalog::decode_record<catalog::SessionRecord>(item.key, item.value);
    if (!record || record->address() != mine) continue;
    if (!co_await somebody_listens()) co_return Status();
    co_return Status(
        Code::failed_precondition,
        record->role() + " node " + std::to_string(record->node_id()) + " is running at " + mine +
            (options_.advertise == options_.listen ? " (node.listen)" : " (node.advertise)") +
            "; each node needs an address of its own");
  }
  co_return Status();
}

namespace {

Task<Status> try_to_connect(Network& network, Address address) {
  co_return status_of(co_await network.connect(std::move(address)));
}

}  // namespace

// Whoever is silent counts: a frozen process may go on.
Task<bool> Start::somebody_listens() {
  const Status connected =
      co_await with_deadline(environment_.clock, environment_.clock.monotonic() + kListenerPatience,
                             try_to_connect(environment_.network, options_.advertise));
  co_return connected.code() != Code::unavailable;
}

Status Start::of_etcd(const Status& status) const {
  const std::string words = etcd_setting_names(status.message());
  for (const Address& member : options_.etcd) {
    const std::string named = "etcd at " + to_string(member);
    const std::size_t at = words.find(named);
    if (at == std::string::npos) continue;
    if (words.contains("Connection refused")) {
      return {status.code(), named + " (etcd.endpoints): connection refused"};
    }
    const std::size_t rest = at + named.size();
    return {status.code(), named + " (etcd.endpoints)" + words.substr(rest)};
  }
  std::string all;
  for (const Address& member : options_.etcd) all += (all.empty() ? "" : ",") + to_string(member);
  return {status.code(), "etcd at " + all + " (etcd.endpoints): " + words};
}

std::string Start::bucket() const {
  return "bucket '" + options_.s3.bucket + "' (s3.bucket)";
}

Status Start::of_objects(const Status& status) const {
  const std::string where = "S3 at " + to_string(options_.s3_endpoint) + " (s3.endpoint)";
  const std::string& words = status.message();
  if (words.contains("NoSuchBucket")) {
    return {status.code(),
            bucket() + " does not exist at " + to_string(options_.s3_endpoint) + " (s3.endpoint)"};
  }
  if (words.contains("InvalidAccessKeyId") || words.contains("SignatureDoesNotMatch")) {
    return {status.code(),
            where + " does not take s3.access_key with this s3.secret_key: " + words};
  }
  if (words.contains("AccessDenied")) {
    return {status.code(), where + " does not let s3.access_key use " + bucket() + ": " + words};
  }
  return {status.code(), where + ": " + words};
}

}  // namespace eyrie::cluster
