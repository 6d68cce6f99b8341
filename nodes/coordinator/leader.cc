#include "nodes/coordinator/leader.h"

namespace eyrie::coordinator {

Leader::Leader(Environment& environment, storage::MetaStore& meta, storage::ObjectStore& objects,
               rpc::ChannelPool& pool, const membership::Election& election,
               const CoordinatorOptions& options)
    : catalog(environment, meta, election),
      directory(environment, meta),
      commander(environment, pool, election),
      timestamps(environment, catalog, options.timestamp_window),
      ids(environment, catalog),
      attempts(catalog, ids),
      channels(environment, catalog, directory, commander, options),
      collections(environment, catalog, channels, commander, ids, options),
      segments(environment, catalog),
      shards(environment, catalog, directory, channels, commander, options),
      errands(environment, directory, commander, options),
      indexes(environment, catalog, errands, attempts, options),
      compactions(environment, catalog, errands, shards, attempts, ids, options),
      garbage(environment, catalog, attempts, shards, indexes, compactions, objects, options),
      upgrade(environment, catalog, options.identity.release),
      environment_(environment),
      meta_(meta),
      options_(options) {}

Task<Status> Leader::start() {
  EYRIE_CO_RETURN_IF_ERROR(co_await catalog.load());
  EYRIE_CO_RETURN_IF_ERROR(co_await timestamps.start());
  EYRIE_CO_RETURN_IF_ERROR(co_await ids.start());
  co_return co_await directory.load();
}

Task<void> Leader::run() {
  TaskGroup group(co_await this_scope());
  group.spawn(directory.follow());
  group.spawn(catalog.keep_fresh());
  group.spawn(timestamps.keep_window());
  group.spawn(channels.run());
  group.spawn(collections.finish_intents());
  group.spawn(shards.run());
  group.spawn(indexes.run());
  group.spawn(compactions.run());
  group.spawn(garbage.run());
  group.spawn(compact_history());
  (void)co_await catalog.deposed().wait();  // or cancelled: either way it is over
  group.cancel();
  co_await group.join();
}

Leader::Use::Use(Leader& leader, Scope& request) : leader_(leader), scope_(request) {
  leader.uses_.push_back(*this);
  leader.use_count_.enter();
}

Leader::Use::~Use() {
  leader_.use_count_.leave();
}

Task<void> Leader::end_uses() {
  uses_.for_each([](Use& use) { use.scope_.cancel(); });
  co_await use_count_.idle();
}

Task<void> Leader::compact_history() {
  while ((co_await environment_.clock.sleep_for(options_.compact_interval)).ok()) {
    const storage::Revision keep_from = catalog.state().revision - options_.revisions_kept;
    // History that stays until the next time does no harm.
    if (keep_from > 1) (void)co_await meta_.compact(keep_from);
  }
}

}  // namespace eyrie::coordinator
