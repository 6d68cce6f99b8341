#include "storage/zero_disk/manifest_store.h"

#include <utility>

#include "runtime/rpc/back_off.h"

namespace eyrie::storage {

namespace {

constexpr int kFailuresMax = 5;  // in a row

std::string key_of(const std::string& channel) {
  return std::string(kManifestPrefix) + channel;
}

bool may_be_repeated(const Status& status) {
  const Category category = status.category();
  // What a scope that was cancelled answers is for its owner.
  if (status.code() == Code::cancelled) return false;
  return category == Category::transient || category == Category::unknown_outcome;
}

}  // namespace

Task<Result<ManifestStore::Stored>> ManifestStore::load(std::string key) const {
  EYRIE_CO_TRY(RangeResult found, co_await meta_.range(single_key(key), 0, 1));
  if (found.items.empty()) co_return Stored();
  Result<LogManifest> manifest = decode_log_manifest(found.items.front().value);
  if (!manifest) co_return fail(std::move(manifest).error().annotate("meta store key " + key));
  co_return Stored{std::move(*manifest), found.items.front().mod_revision};
}

Task<Result<LogManifest>> ManifestStore::read(std::string channel) const {
  EYRIE_CO_TRY(Stored stored, co_await load(key_of(channel)));
  co_return std::move(stored.manifest);
}

Task<Result<LogManifest>> ManifestStore::update(std::string channel, Change change) const {
  const std::string key = key_of(channel);
  rpc::BackOff back_off(back_off_min_, back_off_max_, random_.stream(channel));
  int failures = 0;
  while (true) {
    Status failure;
    Result<Stored> stored = co_await load(key);
    if (stored) {
      EYRIE_CO_TRY(LogManifest next, change(stored->manifest));
      if (next == stored->manifest) co_return next;
      Transaction transaction;
      transaction.compares.push_back(mod_revision_is(key, stored->revision));
      transaction.then.push_back(put_key(key, encode_log_manifest(next)));
      const Result<TransactionResult> done = co_await meta_.commit(std::move(transaction));
      if (done && done->succeeded) co_return next;
      if (done) continue;  // somebody was sooner, or an attempt of ours was late
      failure = done.error();
    } else {
      failure = stored.error();
    }
    if (!may_be_repeated(failure) || ++failures >= kFailuresMax) co_return fail(failure);
    EYRIE_CO_RETURN_IF_ERROR(co_await clock_.sleep_for(back_off.next()));
  }
}

}  // namespace eyrie::storage
