#include "nodes/membership/coordinator_client.h"

#include <algorithm>
#include <utility>

#include "nodes/catalog/records.h"
#include "runtime/combine.h"
#include "runtime/rpc/back_off.h"

namespace eyrie::membership {

namespace {

// One attempt is not given the whole time: the leader it asks may just have died silently. One that
// must not be repeated is, once it is sent: giving it up early would only lose its answer.
constexpr Duration kAttemptTimeout = 3s;

}  // namespace

CoordinatorClient::CoordinatorClient(Environment& environment, storage::MetaStore& meta,
                                     rpc::ChannelPool& pool)
    : environment_(environment), meta_(meta), pool_(pool) {}

Task<Result<Address>> CoordinatorClient::find_leader(MonotonicTime deadline) {
  if (known_) co_return leader_;
  EYRIE_CO_TRY(const storage::KeyValue found,
               co_await with_deadline(environment_.clock, deadline,
                                      get_key(meta_, std::string(catalog::kLeaderKey))));
  EYRIE_CO_TRY(const catalog::LeaderRecord record,
               catalog::decode_record<catalog::LeaderRecord>(found.key, found.value));
  EYRIE_CO_TRY(leader_, parse_address(record.address()));
  known_ = true;
  co_return leader_;
}

Task<Result<Bytes>> CoordinatorClient::call_bytes(std::string method, Bytes payload,
                                                  rpc::CallOptions options) {
  const MonotonicTime now = environment_.clock.monotonic();
  const MonotonicTime deadline =
      options.deadline == rpc::kNoDeadline ? now + request_timeout_ : options.deadline;
  const MonotonicTime last_begin = rpc::last_attempt(now, deadline);
  rpc::BackOff back_off(10ms, 500ms, environment_.random.stream("coordinator"));
  const bool idempotent = std::exchange(options.idempotent, false);
  while (true) {
    const MonotonicTime attempt_end =
        std::min(deadline, environment_.clock.monotonic() + kAttemptTimeout);
    Status failure;
    const Result<Address> leader = co_await find_leader(attempt_end);
    if (leader) {
      EYRIE_CO_TRY(rpc::ChannelLease channel, pool_.get(*leader));
      options.deadline = idempotent ? attempt_end : deadline;
      Result<Bytes> answer = co_await channel->call(method, payload, options);
      if (answer) co_return answer;
      failure = answer.error();
      const bool repeatable = failure.category() == Category::transient ||
                              (idempotent && failure.category() == Category::unknown_outcome);
      if (!repeatable) co_return fail(failure);
      known_ = false;
    } else {
      // Nothing was sent.
      failure = Status(Code::unavailable, "no coordinator: " + leader.error().message());
    }
    const MonotonicTime next = environment_.clock.monotonic() + back_off.next();
    if (next >= last_begin) co_return fail(failure);
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_until(next));
  }
}

}  // namespace eyrie::membership
