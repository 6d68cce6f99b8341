#include "nodes/catalog/node_ids.h"

#include <string>
#include <utility>

#include "nodes/catalog/keys.h"
#include "nodes/catalog/records.h"

namespace eyrie::catalog {

namespace {

// Each failure means that another process got an id at this moment.
constexpr int kAttemptsMax = 100;

}  // namespace

Task<Result<NodeId>> allot_node_id(storage::MetaStore& meta) {
  const std::string key(kNodeIdKey);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    EYRIE_CO_TRY(const storage::RangeResult found,
                 co_await meta.range(storage::single_key(key), 0, 1));
    IdRecord record;
    storage::Revision revision = 0;
    if (!found.items.empty()) {
      EYRIE_CO_TRY(record, decode_record<IdRecord>(key, found.items[0].value));
      revision = found.items[0].mod_revision;
    }
    const NodeId allotted(record.next() + 1);
    record.set_next(allotted.value);
    storage::Transaction transaction;
    transaction.compares.push_back(storage::mod_revision_is(key, revision));
    transaction.then.push_back(storage::put_key(key, encode_record(record)));
    EYRIE_CO_TRY(const storage::TransactionResult result,
                 co_await meta.commit(std::move(transaction)));
    if (result.succeeded) co_return allotted;
  }
  co_return fail(Code::unavailable, "too many nodes start at this moment");
}

}  // namespace eyrie::catalog
