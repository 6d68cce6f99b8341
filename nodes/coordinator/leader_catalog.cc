#include "nodes/coordinator/leader_catalog.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "runtime/combine.h"

namespace eyrie::coordinator {

namespace {

constexpr Duration kRequestTimeout = 5s;
constexpr Duration kReadAgainAfter = 100ms;
// By then the store has applied what it will of a change whose outcome is unknown, or nearly
// always.
constexpr Duration kLookAgainAfter = 10s;
constexpr std::size_t kPageItems = 500;

// Not fenced, which would say that whoever asked is out of date: the caller's term may be the
// newest one, and the new leader will take what was certainly not applied here.
Status another_leads() {
  return Status(Code::not_leader, "another coordinator leads");
}

}  // namespace

LeaderCatalog::LeaderCatalog(Environment& environment, storage::MetaStore& meta,
                             const membership::Election& election)
    : environment_(environment), meta_(meta), election_(election) {}

Task<Status> LeaderCatalog::load() {
  CatalogState fresh;
  for (const std::string& prefix : CatalogState::prefixes()) {
    storage::KeyRange range = storage::with_prefix(prefix);
    while (true) {
      EYRIE_CO_TRY(storage::RangeResult page,
                   co_await with_deadline(environment_.clock,
                                          environment_.clock.monotonic() + kRequestTimeout,
                                          meta_.range(range, fresh.revision, kPageItems)));
      if (fresh.revision == 0) fresh.revision = page.revision;  // all pages show this one
      for (const storage::KeyValue& item : page.items) {
        EYRIE_CO_RETURN_IF_ERROR(fresh.put(item.key, item.value, item.mod_revision));
      }
      if (!page.more || page.items.empty()) break;
      range.key = page.items.back().key + '\0';
    }
  }
  state_ = std::move(fresh);
  stale_ = false;
  changed_.notify_all();
  co_return Status();
}

Status LeaderCatalog::check_leading() const {
  if (election_.surely_leading()) return {};
  return Status(Code::not_leader, "the leadership is in doubt");
}

Status LeaderCatalog::check_owner(const std::string& channel, std::int64_t term) const {
  const Stored<catalog::ChannelRecord>* owner = state_.find_channel(channel);
  if (owner != nullptr && owner->record.term() == term) return {};
  EYRIE_RETURN_IF_ERROR(check_leading());
  return Status(Code::fenced, "term " + std::to_string(term) + " of channel " + channel +
                                  " is not the assigned one");
}

Result<storage::Compare> LeaderCatalog::owner_guard(const std::string& channel,
                                                    std::int64_t term) const {
  EYRIE_RETURN_IF_ERROR(check_owner(channel, term));
  const std::string key = catalog::channel_key(channel);
  return storage::mod_revision_is(key, state_.mod_revision(key));
}

Task<Status> LeaderCatalog::commit(ChangeMaker make) {
  EYRIE_CO_RETURN_IF_ERROR(co_await serial_.acquire());
  const Permit permit(serial_);
  co_return co_await commit_serialized(std::move(make));
}

Task<Status> LeaderCatalog::settle() {
  return commit([](const CatalogState&) { return Change(); });
}

Task<void> LeaderCatalog::keep_fresh() {
  while (true) {
    while (!stale_) {
      Status waited;
      if (look_again_) {
        waited = co_await wait_until(environment_.clock, *look_again_, became_stale_);
      } else {
        waited = co_await became_stale_.wait();
      }
      if (waited.code() == Code::cancelled) co_return;
      if (look_again_ && environment_.clock.monotonic() >= *look_again_) {
        look_again_.reset();
        stale_ = true;
      }
    }
    // A failure to read is met again, here or by the next change, whichever comes first.
    (void)co_await settle();
    if (stale_ && !(co_await environment_.clock.sleep_for(kReadAgainAfter)).ok()) co_return;
  }
}

void LeaderCatalog::doubt() {
  stale_ = true;
  became_stale_.notify_all();
}

Task<Status> LeaderCatalog::commit_serialized(ChangeMaker make) {
  if (stale_) EYRIE_CO_RETURN_IF_ERROR(co_await load());
  EYRIE_CO_TRY(Change change, make(state_));
  if (change.empty()) co_return Status();
  for (const storage::MetaOperation& operation : change.operations) {
    const std::string& key = operation.range.key;
    change.compares.push_back(storage::mod_revision_is(key, state_.mod_revision(key)));
  }
  const Result<storage::TransactionResult> result = co_await transact(change);
  if (!result) {
    if (result.error().category() == Category::unknown_outcome) {
      look_again_ = environment_.clock.monotonic() + kLookAgainAfter;
      doubt();
    }
    co_return result.error();
  }
  if (!result->succeeded) {
    // The state was not the store's: read it anew before the next decision.
    doubt();
    co_return Status(Code::conflict, "the catalog changed under a compare");
  }
  apply(change, result->revision);
  co_return Status();
}

Task<Status> LeaderCatalog::commit_apart(std::string key, Bytes value) {
  while (true) {
    if (!apart_.contains(key)) {
      EYRIE_CO_TRY(const storage::RangeResult found,
                   co_await with_deadline(environment_.clock,
                                          environment_.clock.monotonic() + kRequestTimeout,
                                          meta_.range(storage::single_key(key), 0, 1)));
      apart_[key] = found.items.empty() ? 0 : found.items[0].mod_revision;
    }
    Change change;
    change.compares.push_back(storage::mod_revision_is(key, apart_[key]));
    change.operations.push_back(storage::put_key(key, value));
    apart_.erase(key);  // until the store says what it is now
    EYRIE_CO_TRY(const storage::TransactionResult result, co_await transact(change));
    if (result.succeeded) {
      apart_[key] = result.revision;
      co_return Status();
    }
  }
}

Task<Result<bool>> LeaderCatalog::commit_compared(Change change) {
  EYRIE_CO_TRY(const storage::TransactionResult result, co_await transact(change));
  co_return result.succeeded;
}

Task<Result<std::vector<std::vector<storage::KeyValue>>>> LeaderCatalog::read_at_once(
    std::vector<storage::KeyRange> ranges) {
  Change change;
  for (storage::KeyRange& range : ranges) {
    change.operations.push_back(storage::read_range(std::move(range)));
  }
  EYRIE_CO_TRY(storage::TransactionResult result, co_await transact(change));
  if (!result.succeeded || result.reads.size() != ranges.size()) {
    co_return fail(Code::unavailable, "the answer lacks what was asked for");
  }
  co_return std::move(result.reads);
}

Task<Result<storage::TransactionResult>> LeaderCatalog::transact(Change& change) {
  if (deposed_.is_open()) co_return fail(another_leads());
  storage::Transaction transaction;
  transaction.compares = change.compares;
  transaction.compares.push_back(election_.guard());
  transaction.then = change.operations;
  transaction.otherwise.push_back(
      storage::read_range(storage::single_key(std::string(catalog::kLeaderKey))));
  EYRIE_CO_TRY(
      storage::TransactionResult result,
      co_await with_deadline(environment_.clock, environment_.clock.monotonic() + kRequestTimeout,
                             meta_.commit(std::move(transaction))));
  const bool leader_read = !result.succeeded && !result.reads.empty();
  const bool still_ours = leader_read && !result.reads[0].empty() &&
                          result.reads[0][0].create_revision == election_.revision();
  if (leader_read && !still_ours) {
    deposed_.open();
    co_return fail(another_leads());
  }
  co_return result;
}

void LeaderCatalog::apply(const Change& change, storage::Revision revision) {
  for (const storage::MetaOperation& operation : change.operations) {
    if (operation.kind == storage::MetaOperation::Kind::put) {
      // What we encoded ourselves decodes.
      EYRIE_CHECK(state_.put(operation.range.key, operation.value, revision).ok());
    } else if (operation.kind == storage::MetaOperation::Kind::remove) {
      EYRIE_CHECK(operation.range.end.empty(), "the catalog removes keys one by one");
      state_.remove(operation.range.key);
    }
  }
  state_.revision = revision;
  changed_.notify_all();
}

}  // namespace eyrie::coordinator
