#include "nodes/membership/lease_keeper.h"

#include <algorithm>

#include "runtime/combine.h"
#include "runtime/plant.h"

namespace eyrie::membership {

LeaseOptions lease_options(const Settings& settings) {
  LeaseOptions options;
  options.time_to_live = settings.get(settings::kLease);
  options.keep_alive_interval = std::min<Duration>(options.time_to_live / 5, 2s);
  options.drift_margin = std::max<Duration>(options.drift_margin, options.time_to_live / 250);
  return options;
}

LeaseKeeper::LeaseKeeper(Environment& environment, storage::MetaStore& meta, LeaseOptions options)
    : environment_(environment), meta_(meta), options_(options), term_(options.drift_margin) {}

Task<Status> LeaseKeeper::grant() {
  const MonotonicTime sent_at = environment_.clock.monotonic();
  Task<Result<storage::LeaseId>> request = meta_.grant_lease(options_.time_to_live);
  EYRIE_CO_TRY(lease_, co_await with_deadline(environment_.clock, sent_at + options_.time_to_live,
                                              std::move(request)));
  lost_.close();
  term_.lost();
  term_.acknowledged(sent_at, options_.time_to_live);
  co_return Status();
}

bool LeaseKeeper::held() const {
  const MonotonicTime now = environment_.clock.monotonic();
  return EYRIE_PLANT(stale_leader_timestamp, term_.held(now), !lost_.is_open());
}

Task<void> LeaseKeeper::keep_alive() {
  while (!lost_.is_open()) {
    const MonotonicTime sent_at = environment_.clock.monotonic();
    const MonotonicTime deadline = sent_at + options_.keep_alive_interval;
    Result<Duration> answer =
        co_await with_deadline(environment_.clock, deadline, meta_.keep_lease_alive(lease_));
    if (answer) term_.acknowledged(sent_at, *answer);
    const bool gone = !answer && answer.error().code() == Code::not_found;
    if (gone || !held()) {
      lose();
      co_return;
    }
    // An error that says nothing of the lease is tried again, sooner, until its time runs out.
    const Duration pause = answer ? options_.keep_alive_interval : options_.keep_alive_interval / 4;
    if (!(co_await environment_.clock.sleep_until(sent_at + pause)).ok()) co_return;
  }
}

Task<void> LeaseKeeper::release() {
  if (lost_.is_open()) co_return;
  lose();
  const MonotonicTime deadline = environment_.clock.monotonic() + options_.keep_alive_interval;
  // If this fails the lease runs out by itself.
  (void)co_await with_deadline(environment_.clock, deadline, meta_.revoke_lease(lease_));
}

void LeaseKeeper::lose() {
  term_.lost();
  lost_.open();
}

}  // namespace eyrie::membership
