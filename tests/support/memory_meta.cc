#include "tests/support/memory_meta.h"

#include <algorithm>
#include <utility>

namespace eyrie::test {

namespace {

bool contains(const storage::KeyRange& range, const std::string& key) {
  return range.end.empty() ? key == range.key : key >= range.key && key < range.end;
}

template <class T>
bool relates(const T& left, storage::Compare::Relation relation, const T& right) {
  switch (relation) {
    case storage::Compare::Relation::equal:
      return left == right;
    case storage::Compare::Relation::not_equal:
      return left != right;
    case storage::Compare::Relation::less:
      return left < right;
    case storage::Compare::Relation::greater:
      return left > right;
  }
  return false;
}

std::vector<storage::KeyValue> read(const MemoryMetaStore& store, const storage::KeyRange& range) {
  std::vector<storage::KeyValue> found;
  for (const auto& [key, item] : store.items) {
    if (contains(range, key)) found.push_back(item);
  }
  return found;
}

bool holds(const MemoryMetaStore& store, const storage::Compare& compare) {
  const auto found = store.items.find(compare.key);
  const storage::KeyValue item = found != store.items.end() ? found->second : storage::KeyValue();
  if (compare.target == storage::Compare::Target::value) {
    return found != store.items.end() && relates(item.value, compare.relation, compare.value);
  }
  const bool create = compare.target == storage::Compare::Target::create_revision;
  return relates(create ? item.create_revision : item.mod_revision, compare.relation,
                 compare.revision);
}

void remove(MemoryMetaStore& store, const std::string& key) {
  storage::MetaEvent event;
  event.removed = true;
  event.item.key = key;
  event.item.mod_revision = store.revision;
  store.items.erase(key);
  store.history.emplace_back(store.revision, event);
}

void put(MemoryMetaStore& store, const storage::MetaOperation& operation) {
  storage::KeyValue& item = store.items[operation.range.key];
  item.key = operation.range.key;
  item.value = operation.value;
  item.lease = operation.lease;
  item.mod_revision = store.revision;
  if (item.create_revision == 0) item.create_revision = store.revision;
  store.history.emplace_back(store.revision, storage::MetaEvent{false, item});
}

}  // namespace

void MemoryMetaStore::expire() {
  std::vector<storage::LeaseId> ended;
  for (const auto& [lease, end] : leases) {
    if (end <= world.now()) ended.push_back(lease);
  }
  for (const storage::LeaseId lease : ended) end_lease(lease);
}

void MemoryMetaStore::end_lease(storage::LeaseId lease) {
  leases.erase(lease);
  std::vector<std::string> keys;
  for (const auto& [key, item] : items) {
    if (item.lease == lease) keys.push_back(key);
  }
  if (keys.empty()) return;
  ++revision;
  for (const std::string& key : keys) remove(*this, key);
}

Result<storage::TransactionResult> MemoryMetaStore::apply(const storage::Transaction& transaction) {
  storage::TransactionResult result;
  result.succeeded = std::ranges::all_of(
      transaction.compares,
      [this](const storage::Compare& compare) { return holds(*this, compare); });
  const auto& operations = result.succeeded ? transaction.then : transaction.otherwise;
  bool writes = false;
  for (const storage::MetaOperation& operation : operations) {
    writes |= operation.kind != storage::MetaOperation::Kind::read;
    if (operation.lease.valid() && !leases.contains(operation.lease)) {
      return fail(Code::not_found, "the lease is gone");
    }
  }
  if (writes) ++revision;
  for (const storage::MetaOperation& operation : operations) {
    std::vector<storage::KeyValue>& found = result.reads.emplace_back();
    if (operation.kind == storage::MetaOperation::Kind::read) {
      found = read(*this, operation.range);
    } else if (operation.kind == storage::MetaOperation::Kind::put) {
      put(*this, operation);
    } else {
      for (const storage::KeyValue& item : read(*this, operation.range)) remove(*this, item.key);
    }
  }
  result.revision = revision;
  return result;
}

void MemoryMetaStore::deliver() {
  for (const storage::Transaction& transaction : std::exchange(on_the_way, {})) {
    (void)apply(transaction);  // nobody waits for its answer
  }
}

Task<Status> MemoryMeta::travel() {
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(store_.travel));
  if (store_.down) co_return Status(Code::unavailable, "the store is down");
  store_.expire();
  co_return Status();
}

Task<Result<storage::RangeResult>> MemoryMeta::range(storage::KeyRange range,
                                                     storage::Revision revision,
                                                     std::size_t limit) {
  ++store_.ranges;
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  // Pages of an older revision are not kept; nothing here is that large.
  EYRIE_CHECK(revision == 0 || revision == store_.revision || limit == 0 ||
              store_.items.size() < limit);
  storage::RangeResult result;
  result.items = read(store_, range);
  result.revision = store_.revision;
  if (limit > 0 && result.items.size() > limit) {
    result.items.resize(limit);
    result.more = true;
  }
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(store_.travel));
  co_return result;
}

Task<Result<storage::TransactionResult>> MemoryMeta::commit(storage::Transaction transaction) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  ++store_.commits;
  const CommitFault fault = store_.fault(transaction);
  if (fault == CommitFault::refuse_late) {
    EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(1s));
  }
  if (fault == CommitFault::refuse || fault == CommitFault::refuse_late)
    co_return fail(Code::unavailable, "refused");
  if (fault == CommitFault::lose) co_return fail(Code::unknown, "who knows");
  if (fault == CommitFault::late) {
    store_.on_the_way.push_back(std::move(transaction));
    co_return fail(Code::unknown, "who knows");
  }
  EYRIE_CO_TRY(storage::TransactionResult result, store_.apply(transaction));
  if (fault == CommitFault::lose_answer) co_return fail(Code::unknown, "who knows");
  EYRIE_CO_RETURN_IF_ERROR(co_await environment_.clock.sleep_for(store_.travel));
  co_return result;
}

Task<Result<storage::LeaseId>> MemoryMeta::grant_lease(Duration time_to_live) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  const storage::LeaseId lease(++store_.leases_granted);
  store_.leases[lease] = store_.world.now() + to_ns(time_to_live);
  store_.times_to_live[lease] = time_to_live;
  co_return lease;
}

Task<Result<Duration>> MemoryMeta::keep_lease_alive(storage::LeaseId lease) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (!store_.leases.contains(lease)) co_return fail(Code::not_found, "the lease is gone");
  const Duration time_to_live = store_.times_to_live[lease];
  store_.leases[lease] = store_.world.now() + to_ns(time_to_live);
  co_return time_to_live;
}

Task<Status> MemoryMeta::revoke_lease(storage::LeaseId lease) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  if (!store_.leases.contains(lease)) co_return Status(Code::not_found, "the lease is gone");
  store_.end_lease(lease);
  co_return Status();
}

class MemoryMeta::Watch final : public storage::MetaWatch {
 public:
  Watch(MemoryMeta& meta, storage::KeyRange range, storage::Revision from)
      : meta_(meta), range_(std::move(range)), from_(from) {}

  Task<Result<storage::MetaEvents>> next() override {
    while (true) {
      EYRIE_CO_RETURN_IF_ERROR(co_await meta_.environment_.clock.sleep_for(5ms));
      MemoryMetaStore& store = meta_.store_;
      if (store.down) continue;
      store.expire();
      storage::MetaEvents found;
      found.revision = store.revision;
      for (const auto& [revision, event] : store.history) {
        if (revision >= from_ && contains(range_, event.item.key)) found.events.push_back(event);
      }
      from_ = store.revision + 1;
      if (!found.events.empty()) co_return found;
    }
  }

 private:
  MemoryMeta& meta_;
  storage::KeyRange range_;
  storage::Revision from_;
};

Task<Result<std::unique_ptr<storage::MetaWatch>>> MemoryMeta::watch(storage::KeyRange range,
                                                                    storage::Revision from) {
  EYRIE_CO_RETURN_IF_ERROR(co_await travel());
  const storage::Revision first = from == 0 ? store_.revision + 1 : from;
  co_return std::make_unique<Watch>(*this, std::move(range), first);
}

Task<Status> MemoryMeta::compact(storage::Revision) {
  co_return co_await travel();
}

}  // namespace eyrie::test
