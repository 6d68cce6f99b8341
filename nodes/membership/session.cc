#include "nodes/membership/session.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/combine.h"

namespace eyrie::membership {

Session::Session(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
                 LeaseOptions options)
    : environment_(environment),
      meta_(meta),
      identity_(std::move(identity)),
      options_(options),
      lease_(environment, meta, options) {}

Task<Status> Session::open() {
  rpc::BackOff back_off(50ms, 1s, environment_.random.stream("session"));
  while (true) {
    Status status = co_await lease_.grant();
    if (status.ok()) status = co_await register_on_lease(back_off);
    if (status.ok()) co_return status;
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

Task<Status> Session::register_on_lease(rpc::BackOff& back_off) {
  storage::Revision replaced = 0;  // of the registration whose place ours takes; 0: of none
  while (lease_.held()) {
    const MonotonicTime deadline = environment_.clock.monotonic() + options_.keep_alive_interval;
    const Result<storage::TransactionResult> put =
        co_await with_deadline(environment_.clock, deadline, meta_.commit(registration(replaced)));
    if (put && put->succeeded) {
      incarnation_ = IncarnationId(put->revision);
      co_return Status();
    }
    if (put) {
      const bool found = !put->reads.empty() && !put->reads[0].empty();
      replaced = found ? put->reads[0][0].mod_revision : 0;
      if (found && put->reads[0][0].lease == lease_.lease()) {  // our put, its answer was lost
        incarnation_ = IncarnationId(replaced);
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

storage::Transaction Session::registration(storage::Revision replaced) const {
  const std::string key = catalog::session_key(identity_.role, identity_.node.value);
  catalog::SessionRecord record;
  record.set_node_id(identity_.node.value);
  record.set_role(identity_.role);
  record.set_address(to_string(identity_.address));
  storage::Transaction transaction;
  transaction.compares.push_back(storage::mod_revision_is(key, replaced));
  transaction.then.push_back(storage::put_key(key, catalog::encode_record(record), lease_.lease()));
  transaction.otherwise.push_back(storage::read_range(storage::single_key(key)));
  return transaction;
}

}  // namespace eyrie::membership
