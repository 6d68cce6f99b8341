#include "nodes/coordinator/attempts.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"
#include "runtime/plant.h"

namespace eyrie::coordinator {

Task<Result<std::int64_t>> Attempts::begin_flush(std::string channel, std::int64_t term) {
  EYRIE_CO_TRY(const std::int64_t id, co_await ids_.allocate(1));
  EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.commit([&](const CatalogState&) -> Result<Change> {
    EYRIE_TRY(storage::Compare guard, catalog_.owner_guard(channel, term));
    catalog::AttemptRecord record;
    record.set_id(id);
    record.set_channel(channel);
    record.set_term(term);
    Change change;
    change.compares.push_back(std::move(guard));
    change.operations.push_back(
        storage::put_key(catalog::attempt_key(id), catalog::encode_record(record)));
    return change;
  }));
  co_return id;
}

Task<Result<std::int64_t>> Attempts::begin_plan() {
  EYRIE_CO_TRY(const std::int64_t id, co_await ids_.allocate(1));
  plans_.insert(id);  // before its key is there: it is not over
  const Status begun = co_await catalog_.commit([id](const CatalogState&) -> Result<Change> {
    catalog::AttemptRecord record;
    record.set_id(id);
    Change change;
    change.operations.push_back(
        storage::put_key(catalog::attempt_key(id), catalog::encode_record(record)));
    return change;
  });
  if (begun.ok()) co_return id;
  end_plan(id);
  co_return fail(begun);
}

Status Attempts::finish(const CatalogState& state, std::int64_t id, Change& change) {
  if (!state.attempts.contains(id)) {
    return Status(Code::conflict, "attempt " + std::to_string(id) + " has ended");
  }
  change.operations.push_back(storage::remove_key(catalog::attempt_key(id)));
  return {};
}

std::vector<std::int64_t> Attempts::over() const {
  std::vector<std::int64_t> found;
  for (const auto& [id, stored] : catalog_.state().attempts) {
    const catalog::AttemptRecord& attempt = stored.record;
    if (attempt.channel().empty()) {
      const bool given_up = EYRIE_PLANT(attempt_outlives_its_plan, !plans_.contains(id), false);
      if (given_up) found.push_back(id);
      continue;
    }
    const Stored<catalog::ChannelRecord>* owner = catalog_.state().find_channel(attempt.channel());
    if (owner == nullptr) continue;
    const std::int64_t newest = owner->record.term();
    const bool fenced = EYRIE_PLANT(attempt_ended_under_its_owner, newest > attempt.term(),
                                    newest >= attempt.term());
    if (fenced) found.push_back(id);
  }
  return found;
}

}  // namespace eyrie::coordinator
