#include "nodes/membership/session.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/catalog/store_record.h"
#include "runtime/combine.h"

namespace eyrie::membership {

namespace {

// Before the store's record is read again, should a watch of it not be possible.
constexpr Duration kLookAgainAfter = 1s;

bool found(const storage::TransactionResult& result, std::size_t read) {
  return result.reads.size() > read && !result.reads[read].empty();
}

}  // namespace

Session::Session(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
                 LeaseOptions options)
    : environment_(environment),
      meta_(meta),
      identity_(std::move(identity)),
      options_(options),
      lease_(environment, meta, options),
      format_(identity_.release) {}

Task<Status> Session::open() {
  rpc::BackOff back_off(50ms, 1s, environment_.random.stream("session"));
  while (true) {
    Status status = co_await lease_.grant();
    if (status.ok()) {
      status = co_await register_on_lease(back_off);
      if (status.code() == Code::unsupported) co_return status;
    }
    if (status.ok()) co_return status;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

Task<Status> Session::register_on_lease(rpc::BackOff& back_off) {
  Seen seen;
  while (lease_.held()) {
    const MonotonicTime deadline = environment_.clock.monotonic() + options_.keep_alive_interval;
    const Result<storage::TransactionResult> put =
        co_await with_deadline(environment_.clock, deadline, meta_.commit(registration(seen)));
    if (put && put->succeeded) {
      incarnation_ = IncarnationId(put->revision);
      format_.heard(seen.format);
      co_return Status();
    }
    if (put) {
      EYRIE_CO_TRY(seen, look_at(*put));
      if (found(*put, 0) && put->reads[0][0].lease == lease_.lease()) {  // its answer was lost
        incarnation_ = IncarnationId(seen.replaced);
        format_.heard(seen.format);
        co_return Status();
      }
      continue;
    }
    const Category category = put.error().category();
    if (category != Category::transient && category != Category::unknown_outcome) {
      co_return put.error();  // the lease is gone
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
  co_return Status(Code::unavailable, "the lease ran out before the node was registered on it");
}

storage::Transaction Session::registration(const Seen& seen) const {
  const std::string key = catalog::session_key(identity_.role, identity_.node.value);
  const std::string store(catalog::kStoreKey);
  catalog::SessionRecord record;
  record.set_node_id(identity_.node.value);
  record.set_role(identity_.role);
  record.set_address(to_string(identity_.address));
  record.set_release(number_of(identity_.release));
  catalog::IdRecord last;
  last.set_next(identity_.node.value);
  storage::Transaction transaction;
  transaction.compares.push_back(storage::mod_revision_is(key, seen.replaced));
  transaction.compares.push_back(storage::mod_revision_is(store, seen.store));
  transaction.then.push_back(storage::put_key(key, catalog::encode_record(record), lease_.lease()));
  transaction.then.push_back(
      storage::put_key(std::string(catalog::kRegisteredKey), catalog::encode_record(last)));
  transaction.otherwise.push_back(storage::read_range(storage::single_key(key)));
  transaction.otherwise.push_back(storage::read_range(storage::single_key(store)));
  return transaction;
}

Result<Session::Seen> Session::look_at(const storage::TransactionResult& refused) const {
  Seen seen;
  if (found(refused, 0)) seen.replaced = refused.reads[0][0].mod_revision;
  if (!found(refused, 1)) return seen;
  seen.store = refused.reads[1][0].mod_revision;
  EYRIE_TRY(seen.format, format_in(refused.reads[1][0]));
  return seen;
}

Result<std::int32_t> Session::format_in(const storage::KeyValue& store) const {
  EYRIE_TRY(const auto record,
            catalog::decode_record<catalog::StoreRecord>(store.key, store.value));
  EYRIE_RETURN_IF_ERROR(catalog::check_format(record, identity_.release));
  return record.format();
}

Task<Result<storage::Revision>> Session::read_format() {
  EYRIE_CO_TRY(const storage::RangeResult store,
               co_await meta_.range(storage::single_key(std::string(catalog::kStoreKey)), 0, 1));
  if (!store.items.empty()) {
    EYRIE_CO_TRY(const std::int32_t format, format_in(store.items[0]));
    format_.heard(format);
  }
  co_return store.revision;
}

Task<Status> Session::watch_format(storage::Revision from) {
  EYRIE_CO_TRY(const std::unique_ptr<storage::MetaWatch> watch,
               co_await meta_.watch(storage::single_key(std::string(catalog::kStoreKey)), from));
  while (true) {
    EYRIE_CO_TRY(const storage::MetaEvents seen, co_await watch->next());
    for (const storage::MetaEvent& event : seen.events) {
      if (event.removed) continue;
      EYRIE_CO_TRY(const std::int32_t format, format_in(event.item));
      format_.heard(format);
    }
  }
}

Task<void> Session::follow_format() {
  Result<storage::Revision> read = incarnation_.value;
  while (true) {
    // However it ended: what it has not told is read anew.
    if (read) (void)co_await watch_format(*read + 1);
    if (!(co_await environment_.clock.sleep_for(kLookAgainAfter)).ok()) co_return;
    read = co_await read_format();
  }
}

}  // namespace eyrie::membership
