#include "nodes/coordinator/upgrade.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "nodes/coordinator/events.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

namespace {

// Each failure means that a node was registered at this moment.
constexpr int kAttemptsMax = 100;

// Absent in what the first release wrote.
std::int32_t release_of(const catalog::SessionRecord& session) {
  return std::max(session.release(), number_of(kOldestRelease));
}

}  // namespace

// The catalog at one revision, as far as it decides; a revision of 0: the key is not there.
struct Upgrade::Seen {
  catalog::StoreRecord store;
  storage::Revision store_revision = 0;
  storage::Revision registered_revision = 0;
  std::string older;  // nodes, in words
};

Task<Result<Upgrade::Seen>> Upgrade::look() {
  EYRIE_CO_TRY(const auto reads, co_await catalog_.read_at_once(
                                     {storage::single_key(std::string(catalog::kStoreKey)),
                                      storage::single_key(std::string(catalog::kRegisteredKey)),
                                      storage::with_prefix(std::string(catalog::kSessionPrefix))}));
  Seen seen;
  if (reads[0].empty()) {
    co_return fail(Code::failed_precondition, "the meta store has no record of what it is");
  }
  EYRIE_CO_TRY(seen.store,
               catalog::decode_record<catalog::StoreRecord>(reads[0][0].key, reads[0][0].value));
  seen.store_revision = reads[0][0].mod_revision;
  if (!reads[1].empty()) seen.registered_revision = reads[1][0].mod_revision;
  for (const storage::KeyValue& item : reads[2]) {
    EYRIE_CO_TRY(const auto session,
                 catalog::decode_record<catalog::SessionRecord>(item.key, item.value));
    if (release_of(session) >= number_of(release_)) continue;
    seen.older += (seen.older.empty() ? "" : ", ") + session.role() + " node " +
                  std::to_string(session.node_id()) + " at " + session.address() + " (release " +
                  std::to_string(release_of(session)) + ")";
  }
  co_return seen;
}

Task<Result<bool>> Upgrade::raise(Seen seen) {
  seen.store.set_format(format_of(release_));
  const std::string store(catalog::kStoreKey);
  Change change;
  change.compares.push_back(storage::mod_revision_is(store, seen.store_revision));
  change.compares.push_back(
      storage::mod_revision_is(std::string(catalog::kRegisteredKey), seen.registered_revision));
  change.operations.push_back(storage::put_key(store, catalog::encode_record(seen.store)));
  return catalog_.commit_compared(std::move(change));
}

Task<Result<internal::FinalizeResponse>> Upgrade::finalize() {
  internal::FinalizeResponse response;
  response.set_format(format_of(release_));
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    EYRIE_CO_TRY(Seen seen, co_await look());
    if (seen.store.format() >= format_of(release_)) {
      response.set_format(seen.store.format());
      co_return response;
    }
    if (!EYRIE_PLANT(finalized_unasked, seen.older.empty(), true)) {
      emit(environment_.tracer, kFinalizeRefused, seen.older);
      co_return fail(Code::failed_precondition,
                     "the cluster cannot be finalized while nodes of an older release than " +
                         std::to_string(number_of(release_)) + " are registered: " + seen.older);
    }
    EYRIE_CO_TRY(const bool raised, co_await raise(std::move(seen)));
    if (!raised) continue;
    response.set_raised(true);
    emit(environment_.tracer, kFinalized, response.format());
    co_return response;
  }
  co_return fail(Code::unavailable, "too many nodes start at this moment");
}

}  // namespace eyrie::coordinator
