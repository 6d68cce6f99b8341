#include "nodes/coordinator/garbage_collector.h"

#include <span>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/coordinator/events.h"
#include "nodes/coordinator/garbage.h"
#include "runtime/combine.h"
#include "runtime/plant.h"
#include "storage/format/paths.h"

namespace eyrie::coordinator {

namespace {

// Below the store's limit for one transaction (T4), with room for the compares.
constexpr std::size_t kKeysAtOnce = 100;
constexpr std::size_t kObjectsAtOnce = 1000;
constexpr std::size_t kFailuresMax = 20;  // removals of one page, one behind the other

bool is_over(const Status& status) {
  return status.code() == Code::cancelled || status.code() == Code::not_leader;
}

}  // namespace

Task<void> GarbageCollector::run() {
  while ((co_await environment_.clock.sleep_for(options_.collect_interval)).ok()) {
    const Status collected = co_await collect();
    const bool stopping = (co_await this_scope()).cancelled();
    if (!collected.ok() && !stopping) {
      emit(environment_.tracer, kCollectFailed, collected.to_string());
    }
  }
}

Task<Status> GarbageCollector::collect() {
  EYRIE_CO_RETURN_IF_ERROR(co_await end_attempts());
  EYRIE_CO_RETURN_IF_ERROR(co_await let_go());
  EYRIE_CO_RETURN_IF_ERROR(co_await catalog_.settle());
  emit(environment_.tracer, kCollecting);
  Count count;
  Status first;
  for (const std::string& prefix : storage::object_prefixes()) {
    const Status swept = co_await sweep(prefix, count);
    if (first.ok()) first = swept;
    if (is_over(swept)) break;
  }
  if (first.ok()) emit(environment_.tracer, kCollected, count.listed, count.removed);
  co_return first;
}

Task<Status> GarbageCollector::end_attempts() {
  std::vector<std::string> keys;
  for (const std::int64_t attempt : attempts_.over()) keys.push_back(catalog::attempt_key(attempt));
  co_return co_await remove_keys(std::move(keys));
}

Task<Status> GarbageCollector::let_go() {
  std::vector<std::string> keys;
  for (const auto& [virtual_channel, records] : catalog_.state().garbage) {
    for (const auto& [id, garbage] : records) {
      if (!may_be_read(garbage)) keys.push_back(catalog::garbage_key(virtual_channel, id));
    }
  }
  co_return co_await remove_keys(std::move(keys));
}

// By a load of a target from before the change that replaced it, or by a build or compaction that
// began then. A collection that is gone has none of these: whoever still reads for it has nobody to
// answer.
bool GarbageCollector::may_be_read(const Stored<catalog::GarbageRecord>& garbage) const {
  const catalog::GarbageRecord& record = garbage.record;
  if (catalog_.state().find_created(record.collection_id()) == nullptr) return false;
  const bool loaded =
      EYRIE_PLANT(garbage_not_pinned,
                  !shards_.loads_only_since(record.virtual_channel(), garbage.mod_revision), false);
  return loaded || indexes_.builds(record.id()) || compactions_.reads(record.id());
}

Task<Status> GarbageCollector::remove_keys(std::vector<std::string> keys) {
  std::span<const std::string> left = keys;
  while (!left.empty()) {
    const auto now = left.first(std::min(left.size(), kKeysAtOnce));
    EYRIE_CO_RETURN_IF_ERROR(
        co_await catalog_.commit([now](const CatalogState& state) -> Result<Change> {
          Change change;
          for (const std::string& key : now) {
            if (state.mod_revision(key) != 0) change.operations.push_back(storage::remove_key(key));
          }
          return change;
        }));
    left = left.subspan(now.size());
  }
  co_return Status();
}

// One object that cannot be removed keeps no other from it.
Task<Status> GarbageCollector::sweep(std::string prefix, Count& count) {
  Status first;
  std::string after;
  while (true) {
    const Result<storage::ObjectPage> page = co_await list(prefix, after);
    const Status removed = page ? co_await remove_garbage(*page, count) : page.error();
    if (is_over(removed)) co_return removed;
    if (first.ok()) first = removed;
    if (!page || !page->more || page->objects.empty()) co_return first;
    after = page->objects.back().key;
  }
}

Task<Status> GarbageCollector::remove_garbage(const storage::ObjectPage& page, Count& count) {
  // Nothing is awaited between the listing's answer and the look at the state.
  EYRIE_CO_RETURN_IF_ERROR(catalog_.check_leading());
  std::vector<std::string> garbage;
  for (const storage::ObjectInfo& object : page.objects) {
    if (is_garbage(catalog_.state(), object.key)) garbage.push_back(object.key);
  }
  count.listed += static_cast<std::int64_t>(page.objects.size());
  Status first;
  std::size_t failures = 0;  // one behind the other
  for (std::string& object : garbage) {
    const Status removed = co_await remove(std::move(object));
    if (first.ok()) first = removed;
    failures = removed.ok() ? 0 : failures + 1;
    count.removed += removed.ok() ? 1 : 0;
    if (is_over(removed)) co_return removed;
    if (failures == kFailuresMax) break;  // the next round meets the rest
  }
  co_return first;
}

Task<Result<storage::ObjectPage>> GarbageCollector::list(std::string prefix, std::string after) {
  return with_deadline(environment_.clock, environment_.clock.monotonic() + options_.object_timeout,
                       objects_.list(std::move(prefix), std::move(after), kObjectsAtOnce));
}

Task<Status> GarbageCollector::remove(std::string object) {
  return with_deadline(environment_.clock, environment_.clock.monotonic() + options_.object_timeout,
                       objects_.remove(std::move(object)));
}

}  // namespace eyrie::coordinator
