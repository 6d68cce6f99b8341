#include "nodes/membership/session.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/combine.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::membership {

Session::Session(Environment& environment, storage::MetaStore& meta, NodeIdentity identity,
                 LeaseOptions options)
    : environment_(environment),
      meta_(meta),
      identity_(std::move(identity)),
      options_(options),
      lease_(environment, meta, options) {}

Task<Status> Session::try_open() {
  EYRIE_CO_RETURN_IF_ERROR(co_await lease_.grant());
  catalog::SessionRecord record;
  record.set_node_id(identity_.node.value);
  record.set_role(identity_.role);
  record.set_address(to_string(identity_.address));
  storage::Transaction transaction;
  transaction.then.push_back(
      storage::put_key(catalog::session_key(identity_.role, identity_.node.value),
                       catalog::encode_record(record), lease_.lease()));
  const MonotonicTime deadline = environment_.clock.monotonic() + options_.time_to_live;
  EYRIE_CO_TRY(
      const storage::TransactionResult put,
      co_await with_deadline(environment_.clock, deadline, meta_.commit(std::move(transaction))));
  incarnation_ = IncarnationId(put.revision);
  co_return Status();
}

Task<Status> Session::open() {
  rpc::BackOff back_off(50ms, 1s, environment_.random.stream("session"));
  while (true) {
    const Status status = co_await try_open();
    if (status.ok()) co_return status;
    // A put of unknown outcome is repeated on a new lease: the later revision counts.
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(back_off.next()));
  }
}

}  // namespace eyrie::membership
