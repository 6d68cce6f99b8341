#include "nodes/membership/election.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/combine.h"

namespace eyrie::membership {

namespace {

// How long to look elsewhere before asking again, should a watch stay silent.
constexpr Duration kLookAgainAfter = 2s;
constexpr Duration kRequestTimeout = 5s;

}  // namespace

Election::Election(Environment& environment, storage::MetaStore& meta, Session& session)
    : environment_(environment), meta_(meta), session_(session) {}

storage::Compare Election::guard() const {
  return storage::create_revision_is(std::string(catalog::kLeaderKey), revision_);
}

Task<Result<storage::Revision>> Election::try_take() {
  const std::string key(catalog::kLeaderKey);
  catalog::LeaderRecord record;
  record.set_node_id(session_.identity().node.value);
  record.set_address(to_string(session_.identity().address));
  storage::Transaction transaction;
  transaction.compares.push_back(storage::key_absent(key));
  transaction.then.push_back(
      storage::put_key(key, catalog::encode_record(record), session_.lease()));
  transaction.otherwise.push_back(storage::read_range(storage::single_key(key)));
  EYRIE_CO_TRY(
      const storage::TransactionResult result,
      co_await with_deadline(environment_.clock, environment_.clock.monotonic() + kRequestTimeout,
                             meta_.commit(std::move(transaction))));
  if (result.succeeded) co_return result.revision;
  // An earlier attempt of unknown outcome may have succeeded: the lease tells whose key it is.
  const bool found = !result.reads.empty() && !result.reads[0].empty();
  if (found && result.reads[0][0].lease == session_.lease()) {
    co_return result.reads[0][0].create_revision;
  }
  co_return storage::Revision{0};
}

Task<Status> Election::wait_for_change(storage::Revision after) {
  EYRIE_CO_TRY(
      const std::unique_ptr<storage::MetaWatch> watch,
      co_await meta_.watch(storage::single_key(std::string(catalog::kLeaderKey)), after + 1));
  co_return status_of(co_await watch->next());
}

Task<Status> Election::campaign() {
  revision_ = 0;
  while (session_.held()) {
    const Result<storage::RangeResult> current = co_await with_deadline(
        environment_.clock, environment_.clock.monotonic() + kRequestTimeout,
        meta_.range(storage::single_key(std::string(catalog::kLeaderKey)), 0, 1));
    const bool free =
        current && (current->items.empty() || current->items[0].lease == session_.lease());
    if (free) {
      const Result<storage::Revision> taken = co_await try_take();
      if (taken && *taken != 0) {
        revision_ = *taken;
        co_return Status();
      }
    } else if (current) {
      // The outcome does not matter: the loop looks for itself.
      (void)co_await with_deadline(environment_.clock,
                                   environment_.clock.monotonic() + kLookAgainAfter,
                                   wait_for_change(current->revision));
    }
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(20ms));
  }
  co_return Status(Code::failed_precondition, "the session was lost");
}

Task<void> Election::resign() {
  if (revision_ == 0) co_return;
  storage::Transaction transaction;
  transaction.compares.push_back(guard());
  transaction.then.push_back(storage::remove_key(std::string(catalog::kLeaderKey)));
  revision_ = 0;
  (void)co_await with_deadline(environment_.clock, environment_.clock.monotonic() + kRequestTimeout,
                               meta_.commit(std::move(transaction)));
}

}  // namespace eyrie::membership
