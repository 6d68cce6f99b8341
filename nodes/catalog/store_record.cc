#include "nodes/catalog/store_record.h"

#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"

namespace eyrie::catalog {

Status check_format(const StoreRecord& record, Release release) {
  if (record.format() <= format_of(release)) return {};
  const std::string held =
      release == kThisRelease ? "" : ", held to an older release (node.release),";
  return {Code::unsupported, "its format is " + std::to_string(record.format()) +
                                 ", written by a newer version; this one" + held + " reads up to " +
                                 std::to_string(format_of(release))};
}

Task<Result<StoreRecord>> claim_meta_store(storage::MetaStore& meta, StoreRecord fresh,
                                           Release release) {
  const std::string key(kStoreKey);
  storage::Transaction transaction;
  transaction.compares.push_back(storage::key_absent(key));
  transaction.then.push_back(storage::put_key(key, encode_record(fresh)));
  transaction.otherwise.push_back(storage::read_range(storage::single_key(key)));
  EYRIE_CO_TRY(const storage::TransactionResult result,
               co_await meta.commit(std::move(transaction)));
  if (result.succeeded) co_return fresh;
  if (result.reads.empty() || result.reads[0].empty()) {
    co_return fail(Code::unavailable, "the answer lacks what was asked for");
  }
  EYRIE_CO_TRY(const StoreRecord found, decode_record<StoreRecord>(key, result.reads[0][0].value));
  EYRIE_CO_RETURN_IF_ERROR(check_format(found, release));
  if (found.cluster() != fresh.cluster()) {
    co_return fail(Code::failed_precondition, "it belongs to the cluster '" + found.cluster() +
                                                  "', not to '" + fresh.cluster() + "'");
  }
  co_return found;
}

}  // namespace eyrie::catalog
